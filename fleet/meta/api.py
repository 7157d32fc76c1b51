"""The Graph API's management calls (developers.facebook.com/docs/graph-api)."""

import httpx
from pydantic import SecretStr

from fleet.calls import Api, Complaint, client

ADVICE = {
    "190": "the access token is wrong or has expired: make a new one for the system user",
    "10": "give the system user the app and the WhatsApp account, and the token whatsapp_business_management",
    "200": "give the system user the app and the WhatsApp account, and the token whatsapp_business_management",
    "133005": "the two-step PIN is another one; set the secret that meta.register_pin names",
    "133016": "registered too often: wait 72 hours, do not try again before",
    "2200": "Meta could not verify the webhook: is the bot up, and does it know the verify token?",
}


def graph(base_url: str, version: str, token: SecretStr) -> Api:
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
    return Api("Meta", client(f"{base_url.rstrip('/')}/{version}", headers), _complaint, ADVICE)


def _complaint(response: httpx.Response) -> Complaint:
    try:
        error = response.json()["error"]
        details = (error.get("error_data") or {}).get("details")
        return str(error["code"]), details or str(error["message"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return str(response.status_code), f"answered {response.status_code}"
