"""The clients a process serves, loaded at its start. Broken ones are logged; how many there are of each is a metric."""

from collections.abc import Collection
from pathlib import Path

import structlog
from prometheus_client import Gauge

from remanso.plugin.config import SecretName
from remanso.plugin.registry import Registry, load_clients

CLIENTS = Gauge("remanso_clients", "Clients found at the start, by whether this process serves them.", ["state"])

log = structlog.get_logger()


def serve_clients(directory: Path | None, *, with_tools: bool = False, needs: Collection[SecretName] = ()) -> Registry:
    """`load_clients`, told and counted. Raises ConfigurationError when `directory` is no directory."""
    registry = load_clients(directory, with_tools=with_tools, needs=needs)
    for name, reason in registry.broken.items():
        log.error("client.broken", client=name, reason=reason)
    CLIENTS.labels("served").set(len(registry.clients))
    CLIENTS.labels("broken").set(len(registry.broken))
    return registry
