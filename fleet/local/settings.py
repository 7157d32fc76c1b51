"""What the environment says about a local stack; all of it is optional."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

import fleet
from fleet.local.environment import Elsewhere
from fleet.local.ways import order_of_ways
from remanso.errors import ConfigurationError


class LocalSettings(BaseSettings):
    """Servers given by their URL are used instead of own ones; OPENAI_API_KEY alone means the real OpenAI."""

    model_config = SettingsConfigDict(env_prefix="REMANSO_", env_ignore_empty=True, extra="ignore", frozen=True)

    database_url: SecretStr | None = None
    amqp_url: SecretStr | None = None
    openai_base_url: str | None = Field(
        default=None, validation_alias=AliasChoices("REMANSO_OPENAI_BASE_URL", "OPENAI_BASE_URL")
    )
    openai_api_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("REMANSO_OPENAI_API_KEY", "OPENAI_API_KEY")
    )
    graph_base_url: str | None = None
    clients_dir: Path | None = None
    local_ways: str = ""

    def elsewhere(self, *, simulated: bool) -> Elsewhere:
        """What to use instead of our own; `simulated` keeps Meta and OpenAI simulated whatever is set."""
        servers = Elsewhere(database_url=_told(self.database_url), amqp_url=_told(self.amqp_url))
        if simulated:
            return servers
        return replace(
            servers,
            openai_url=self.openai_base_url,
            openai_key=_told(self.openai_api_key),
            graph_url=self.graph_base_url,
        )

    def ways(self) -> tuple[str, ...]:
        return order_of_ways(self.local_ways)

    def where_clients_are(self) -> Path:
        """REMANSO_CLIENTS_DIR, else this folder's client, else `clients` here or in the checkout. Raises
        ConfigurationError."""
        if self.clients_dir:
            return self.clients_dir
        if Path("client.toml").is_file():
            return _alone(Path.cwd())
        checkout = Path(fleet.__file__).parents[1]
        for folder in (Path.cwd(), checkout):
            if (folder / "clients").is_dir():
                return folder / "clients"
        raise ConfigurationError("no folder `clients` here; name it in REMANSO_CLIENTS_DIR")


def _alone(client: Path) -> Path:
    """A folder of clients that holds this one, by a link."""
    clients = client / ".remanso" / "clients"
    clients.mkdir(parents=True, exist_ok=True)
    link = clients / client.name
    if not link.is_symlink():
        link.symlink_to(client, target_is_directory=True)
    return clients


def parse_scale(texts: Sequence[str]) -> dict[str, int]:
    """`["debouncer=3", "agent=3"]` as numbers of processes. Raises ConfigurationError."""
    scale = {}
    for text in texts:
        service, _, count = text.partition("=")
        if not count.isdecimal():
            raise ConfigurationError(f"--scale takes <service>=<number>, such as debouncer=3, not {text!r}")
        scale[service] = int(count)
    return scale


def _told(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None
