"""The collector's register over HTTP, and what an app's key makes of an address."""

from urllib.parse import urlsplit, urlunsplit

import httpx
from pydantic import SecretStr

from fleet.calls import Api, Complaint, client
from remanso.model.app_key import AppKey

ADVICE = {"401": "the token is another one than REMANSO_COLLECTOR_TOKEN of the collector"}


def collector(url: str, token: SecretStr) -> Api:
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
    return Api("collector", client(url, headers), _complaint, ADVICE)


def path_of(app: str) -> str:
    return f"/collector/apps/{app}"


def drain_url(url: str, app: str, key: AppKey) -> str:
    """A secret: it bears the drain's password, since Heroku knows no other way to prove itself."""
    parts = urlsplit(url)
    place = f"{app}:{key.drain_password}@{parts.netloc}"
    return urlunsplit((parts.scheme, place, parts.path.rstrip("/") + path_of(app) + "/drain", "", ""))


def without_password(url: str) -> str:
    """An address, but for who calls it: two that are equal lead to the same place."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _complaint(response: httpx.Response) -> Complaint:
    try:
        words = str(response.json()["detail"])
    except (ValueError, KeyError, TypeError):
        words = f"answered {response.status_code}"
    return str(response.status_code), words
