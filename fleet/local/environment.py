"""What the services of a local stack are told through their environment."""

import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fleet.local.clients import LocalClients
from fleet.local.ports import LOOPBACK

OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True)
class Elsewhere:
    """Servers to use instead of our own. With a key alone, `openai_key`, the real OpenAI is meant."""

    database_url: str | None = None
    amqp_url: str | None = None
    openai_url: str | None = None
    openai_key: str | None = None
    graph_url: str | None = None


@dataclass(frozen=True)
class Addresses:
    """Where everything of one stack is to be found."""

    database_url: str
    amqp_url: str
    simulator_url: str
    webhook_url: str
    console_url: str
    graph_url: str
    openai_url: str
    openai_key: str


def addresses(
    elsewhere: Elsewhere, *, database_url: str, amqp_url: str, simulator: int, ingress: int, console: int
) -> Addresses:
    """The addresses of a stack whose simulator, ingress and console listen on these ports."""
    simulator_url = f"http://{LOOPBACK}:{simulator}"
    real_openai = OPENAI if elsewhere.openai_key else None
    return Addresses(
        database_url=database_url,
        amqp_url=amqp_url,
        simulator_url=simulator_url,
        webhook_url=f"http://{LOOPBACK}:{ingress}/webhooks/whatsapp",
        console_url=f"http://{LOOPBACK}:{console}",
        graph_url=elsewhere.graph_url or f"{simulator_url}/graph",
        openai_url=elsewhere.openai_url or real_openai or f"{simulator_url}/openai/v1",
        openai_key=elsewhere.openai_key or "local",
    )


def service_environment(at: Addresses, clients: LocalClients, clients_dir: Path) -> Mapping[str, str]:
    """The variables all services get; each reads its own settings from them."""
    return {
        **os.environ,
        "PYTHONUNBUFFERED": "1",
        **_log_settings(),
        "REMANSO_DATABASE_URL": at.database_url,
        "REMANSO_AMQP_URL": at.amqp_url,
        "REMANSO_CLIENTS_DIR": str(clients_dir.resolve()),
        "REMANSO_HTTP_HOST": os.environ.get("REMANSO_HTTP_HOST", LOOPBACK),
        "REMANSO_GRAPH_BASE_URL": at.graph_url,
        "REMANSO_OPENAI_BASE_URL": at.openai_url,
        "REMANSO_OPENAI_API_KEY": at.openai_key,
        "REMANSO_CONSOLE_URL": at.console_url,
        "REMANSO_CONSOLE_SECRET": os.environ.get("REMANSO_CONSOLE_SECRET", secrets.token_hex(32)),
        "REMANSO_CONSOLE_HTTPS_ONLY": "false",
        "REMANSO_CONSOLE_WEBHOOKS_TO_LOOPBACK": "true",
        "REMANSO_AGENT_SEEDS": "all",  # a changed seed file is meant
        "REMANSO_SIMULATOR_WEBHOOK_URL": at.webhook_url,
        "REMANSO_SIMULATOR_APP_SECRET": clients.app_secret,
        "REMANSO_SIMULATOR_VERIFY_TOKEN": clients.verify_token,
        "REMANSO_SIMULATOR_ACCESS_TOKEN": clients.access_token,
        "REMANSO_SIMULATOR_NUMBERS": clients.numbers(),
        **clients.environment(),
    }


def _log_settings() -> dict[str, str]:
    """Text for a person at a terminal, JSON for whatever else reads our standard error."""
    if sys.stderr.isatty():
        return {"REMANSO_LOG_FORMAT": os.environ.get("REMANSO_LOG_FORMAT", "console")}
    return {"NO_COLOR": "1"}
