"""The console's environment."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from remanso.model.app_key import AppKey
from remanso.runtime.settings import BareUrl, Port, StoreSettings


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < 32:
        raise ValueError("must have at least 32 characters")
    return secret


def _app_key(secret: SecretStr) -> SecretStr:
    AppKey(secret.get_secret_value())
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
    console_upload_megabytes: float = Field(default=16.0, gt=0, le=100)
    """The largest file that a person may send. It is read whole, kept in the database, and must reach Meta within the
    sender's lease."""
    console_smtp_host: str = ""
    """A mail server; without one nobody gets e-mails, and links are copied by hand."""
    console_smtp_port: Port = 587
    console_smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    """`tls` from the first byte on (port 465); `none` only on the same machine."""
    console_smtp_user: str = ""
    console_smtp_password: SecretStr = SecretStr("")
    console_smtp_from: str = ""
    """Whom the e-mails are from: an address, or `Name <address>`."""

    collector_url: BareUrl | None = None
    """Of the operators' collector, which is told how this app is."""
    app_key: Annotated[SecretStr, AfterValidator(_app_key)] | None = None
    """Signs what the collector is told."""
    heartbeat_seconds: float = Field(default=15.0, ge=1)
    release: str | None = None
    commit: str | None = None

    @model_validator(mode="after")
    def _somebody_writes(self) -> Self:
        if self.console_smtp_host and "@" not in self.console_smtp_from:
            raise ValueError(
                "REMANSO_CONSOLE_SMTP_FROM must be an e-mail address where REMANSO_CONSOLE_SMTP_HOST is set"
            )
        return self

    @model_validator(mode="after")
    def _speaks_for_an_app(self) -> Self:
        if self.collector_url and not (self.app and self.app_key):
            raise ValueError("REMANSO_COLLECTOR_URL needs REMANSO_APP and REMANSO_APP_KEY beside it")
        return self

    @property
    def sends_mail(self) -> bool:
        return bool(self.console_smtp_host)

    @property
    def largest_upload(self) -> int:
        """In bytes."""
        return int(self.console_upload_megabytes * 1024 * 1024)

    @property
    def hold(self) -> timedelta:
        return timedelta(minutes=self.console_hold_minutes)

    @property
    def window(self) -> timedelta:
        """How long after the contact's last message free text may be written."""
        return timedelta(hours=24, seconds=-self.console_window_margin_seconds)
