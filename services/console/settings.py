"""The console's environment."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from remanso.runtime.settings import Port, StoreSettings


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < 32:
        raise ValueError("must have at least 32 characters")
    return secret


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("must look like https://console.example.org")
    return url.rstrip("/")


class ConsoleSettings(StoreSettings):
    clients_dir: Path | None = None
    """Holds one folder per client; not needed where every client is an installed package."""
    http_host: str = "0.0.0.0"  # noqa: S104 - people come from outside
    http_port: Port = 8000
    console_secret: Annotated[SecretStr, AfterValidator(_long_enough)]
    """Signs the browser's cookie and encrypts second factors' secrets. A new one logs everybody out."""
    console_url: Annotated[str, AfterValidator(_origin)] = "http://127.0.0.1:8000"
    """Where people open the console; links in invitations begin with it."""
    console_https_only: bool = True
    """Cookies go over https alone. Off only on a developer's machine."""
    console_proxies: int = Field(default=0, ge=0)
    """How many proxies stand before it: so far from its end, X-Forwarded-For tells who calls (1 on Heroku)."""
