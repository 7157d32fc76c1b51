"""The ingress's environment."""

from pathlib import Path

from pydantic import Field

from remanso.runtime.settings import Port, ServiceSettings


class IngressSettings(ServiceSettings):
    clients_dir: Path | None = None
    """Holds one folder per client; not needed where every client is an installed package."""
    http_host: str = "0.0.0.0"  # noqa: S104 - Meta calls from outside
    http_port: Port = 8000
    ingress_proxies: int = Field(default=0, ge=0)
    """How many proxies stand before it: so far from its end, X-Forwarded-For tells who calls (1 on Heroku)."""
