"""Refusals in the shape the Graph API gives them.

Codes and HTTP statuses follow Meta's table of error codes (WhatsApp Business Platform, December 2025, the last
edition with an HTTP column).
"""

import secrets
from typing import Any

# code: (HTTP status, title). The title is also the message of a `failed` status webhook.
CATALOGUE: dict[int, tuple[int, str]] = {
    0: (401, "AuthException"),
    1: (400, "API Unknown"),
    2: (503, "API Service"),
    3: (500, "API Method"),
    4: (400, "API Too Many Calls"),
    10: (403, "Permission Denied"),
    33: (400, "Parameter value is not valid"),
    100: (400, "Invalid parameter"),
    190: (401, "Access token has expired"),
    200: (403, "API Permission"),
    368: (403, "Temporarily blocked for policies violations"),
    80007: (400, "Rate limit issues"),
    130429: (400, "Rate limit hit"),
    130472: (400, "User's number is part of an experiment"),
    130497: (403, "Business account is restricted from messaging users in this country"),
    131000: (500, "Something went wrong"),
    131005: (403, "Access denied"),
    131008: (400, "Required parameter is missing"),
    131009: (400, "Parameter value is not valid"),
    131016: (500, "Service unavailable"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131030: (400, "Recipient phone number not in allowed list"),
    131031: (403, "Business account locked"),
    131037: (400, "Display name approval needed"),
    131042: (400, "Business eligibility payment issue"),
    131045: (500, "Incorrect certificate"),
    131047: (400, "Re-engagement message"),
    131048: (400, "Spam rate limit hit"),
    131049: (400, "This message was not delivered to maintain healthy ecosystem engagement"),
    131050: (400, "User has stopped marketing messages"),
    131051: (400, "Unsupported message type"),
    131052: (400, "Media download error"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    131057: (500, "Business account is in maintenance mode"),
    132000: (400, "Template Param Count Mismatch"),
    132001: (404, "Template does not exist in the translation"),
    132012: (400, "Template Parameter Format Mismatch"),
    132015: (400, "Template is paused"),
    132016: (400, "Template is disabled"),
    2200: (400, "Callback verification failed"),
    133004: (503, "Server Temporarily Unavailable"),
    133005: (400, "Two-step verification PIN mismatch"),
    133010: (400, "Phone number not registered"),
}
_UNKNOWN = (400, "Something went wrong")
_TRANSIENT = {2, 4, 80007, 130429, 131000, 131016, 131056, 131057, 133004}


class Refusal(Exception):
    """The Graph API does not do what it was asked; `body` is its answer."""

    def __init__(
        self,
        code: int,
        details: str | None = None,
        *,
        message: str | None = None,
        http: int | None = None,
        subcode: int | None = None,
        kind: str = "OAuthException",
    ) -> None:
        status, title = CATALOGUE.get(code, _UNKNOWN)
        super().__init__(details or message or title)
        self.code = code
        self.http = http or status
        self.body: dict[str, Any] = {"error": {"message": message or f"(#{code}) {title}", "type": kind, "code": code}}
        error = self.body["error"]
        if details is not None:
            error["error_data"] = {"messaging_product": "whatsapp", "details": details}
        if subcode is not None:
            error["error_subcode"] = subcode
        if code in _TRANSIENT:
            error["is_transient"] = True
        error["fbtrace_id"] = "A" + secrets.token_urlsafe(16)


def invalid_parameter(message: str) -> Refusal:
    """Code 100: Graph's own check of a parameter, which puts all it has to say into the message."""
    return Refusal(100, message=f"(#100) {message}")


def missing_object(object_id: str) -> Refusal:
    """Code 100, subcode 33: an id that does not exist or is not visible to the token."""
    return Refusal(
        100,
        message=f"Unsupported request. Object with ID '{object_id}' does not exist, cannot be loaded due to missing "
        "permissions, or does not support this operation",
        subcode=33,
        kind="GraphMethodException",
    )


def unknown_path(path: str) -> Refusal:
    """Code 2500: the URL names nothing."""
    return Refusal(2500, message=f"Unknown path components: /{path}")


def unauthenticated(*, expired: bool = False) -> Refusal:
    """Code 190: the bearer token is missing, wrong or (subcode 463) no longer valid."""
    if expired:
        return Refusal(190, message="Error validating access token: Session has expired.", subcode=463)
    return Refusal(190, message="Invalid OAuth access token - Cannot parse access token")


def webhook_error(code: int, details: str | None = None) -> dict[str, Any]:
    """The object in `errors[]` of a `failed` status webhook."""
    title = CATALOGUE.get(code, _UNKNOWN)[1]
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details or title},
        "href": "https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes/",
    }
