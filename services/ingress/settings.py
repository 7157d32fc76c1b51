"""The ingress's environment."""

from pathlib import Path

from remanso.runtime.settings import Port, ServiceSettings


class IngressSettings(ServiceSettings):
    clients_dir: Path | None = None
    """Holds one folder per client; not needed where every client is an installed package."""
    http_host: str = "0.0.0.0"  # noqa: S104 - Meta calls from outside
    http_port: Port = 8000
