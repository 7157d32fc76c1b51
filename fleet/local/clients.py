"""The clients a local stack serves, and what Meta would know about them: their numbers and secrets."""

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fleet.local.ways import Tell
from remanso.errors import ConfigurationError
from remanso.plugin.config import ClientConfig
from remanso.plugin.registry import load_clients


@dataclass(frozen=True)
class LocalClients:
    """All clients share one set of secrets: the simulator plays a single Meta app."""

    configs: tuple[ClientConfig, ...]
    app_secret: str
    verify_token: str
    access_token: str
    model_keys: Mapping[str, str]
    """Of profiles that name a key of their own, {variable: key}."""

    @property
    def first(self) -> ClientConfig:
        return self.configs[0]

    def numbers(self) -> str:
        """What the simulator is told about the businesses' numbers, as JSON."""
        return json.dumps(
            [
                {
                    "phone_number_id": channel.phone_number_id,
                    "display_phone_number": channel.display_number,
                    "waba_id": channel.account,
                    "name": config.title,
                }
                for config in self.configs
                for channel in config.channels
            ]
        )

    def environment(self) -> dict[str, str]:
        """Every secret under the variable the client's own configuration names."""
        return {
            variable: secret
            for config in self.configs
            for variable, secret in (
                (config.secrets.app_secret, self.app_secret),
                (config.secrets.verify_token, self.verify_token),
                (config.secrets.access_token, self.access_token),
            )
        } | dict(self.model_keys)


def local_clients(directory: Path, tell: Tell, environ: Mapping[str, str] = os.environ) -> LocalClients:
    """Every client in `directory`, with the first client's secrets where the environment has them, else made-up ones.

    Raises ConfigurationError when there is none.
    """
    registry = load_clients(directory, with_tools=False, environ=environ)
    for name, problem in registry.broken.items():
        tell(f"client {name} is left out: {problem}")
    configs = tuple(client.config for client in registry.clients.values())
    if not configs:
        raise ConfigurationError(f"no client to serve in {directory}")
    variables = configs[0].secrets
    return LocalClients(
        configs,
        app_secret=environ.get(variables.app_secret) or secrets.token_hex(16),
        verify_token=environ.get(variables.verify_token) or secrets.token_urlsafe(12),
        access_token=environ.get(variables.access_token) or f"LOCAL{secrets.token_hex(16)}",
        model_keys={
            variable: environ.get(variable) or "none"
            for config in configs
            for name, variable in config.secret_variables.items()
            if name.startswith("model.")
        },
    )
