"""The console's environment."""

from datetime import timedelta
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
    graph_base_url: str = "https://graph.facebook.com"
    graph_version: str = "v25.0"
    graph_timeout_seconds: float = Field(default=10.0, gt=0)
    console_secret: Annotated[SecretStr, AfterValidator(_long_enough)]
    """Signs the browser's cookie; encrypts secrets of second factors and webhooks. A new one logs everybody out, and
    endpoints need new secrets."""
    console_url: Annotated[str, AfterValidator(_origin)] = "http://127.0.0.1:8000"
    """Where people open the console; links in invitations begin with it."""
    console_https_only: bool = True
    """Cookies go over https alone. Off only on a developer's machine."""
    console_hold_minutes: int = Field(default=30, ge=1, le=24 * 60)
    """How long a person holds a conversation; each message of theirs begins it anew."""
    console_window_margin_seconds: float = Field(default=300.0, ge=0)
    """Taken off Meta's 24 hours; as the sender's, or it would hold what was written here."""
    console_api_per_second: float = Field(default=10.0, gt=0)
    """Requests of one key of the API; as many as in five seconds may come at once."""
    console_webhooks_to_loopback: bool = False
    """Whether webhooks may go to http://localhost. Only on a developer's machine: they would reach our own services."""
    console_proxies: int = Field(default=0, ge=0)
    """How many proxies stand before it: so far from its end, X-Forwarded-For tells who calls (1 on Heroku)."""

    @property
    def hold(self) -> timedelta:
        return timedelta(minutes=self.console_hold_minutes)

    @property
    def window(self) -> timedelta:
        """How long after the contact's last message free text may be written."""
        return timedelta(hours=24, seconds=-self.console_window_margin_seconds)
