"""GitHub's REST API (version 2022-11-28, docs.github.com/rest)."""

import base64
from typing import Any

import httpx
from pydantic import SecretStr

from fleet.calls import Api, Complaint, Quota, client

CONTENT = Quota((80, 60.0), (500, 3600.0))
"""GitHub's secondary limits on requests that create something, shared by all clients of one run."""
ADVICE = {
    "401": "GITHUB_TOKEN is wrong or has expired: make a new one",
    "403": "GITHUB_TOKEN needs Administration, Contents, Secrets and Workflows (write) for this owner",
}


def github(base_url: str, token: SecretStr) -> Api:
    headers = {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "Authorization": f"Bearer {token.get_secret_value()}",
    }
    return Api("GitHub", client(base_url, headers), _complaint, ADVICE, CONTENT)


def sealed(public_key: str, value: SecretStr) -> str:
    """An Actions secret as GitHub takes it: a libsodium sealed box for the repository's key, both in base64."""
    from nacl.public import PublicKey, SealedBox  # of the extra `fleet`

    box = SealedBox(PublicKey(base64.b64decode(public_key)))
    return base64.b64encode(box.encrypt(value.get_secret_value().encode())).decode()


def _complaint(response: httpx.Response) -> Complaint:
    """The HTTP status is the only code there is; the words come from `message` and `errors`."""
    try:
        body: dict[str, Any] = response.json()
    except ValueError:
        return str(response.status_code), f"answered {response.status_code}"
    details = [each.get("message", "") if isinstance(each, dict) else str(each) for each in body.get("errors", [])]
    return str(response.status_code), "; ".join(word for word in [body.get("message", ""), *details] if word)
