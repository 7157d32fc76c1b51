"""The fleet as one versioned file, fleet.toml: what each client should be. What is, the platforms say."""

import json
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from remanso.errors import BadInput, ConfigurationError

HerokuName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,28}[a-z0-9]$")]
SecretNames = tuple[Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")], ...]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GitHubPlan(Part):
    """`owner` is an organisation, or the token's own account with `personal`."""

    owner: str
    personal: bool = False
    repository: str | None = None
    """The client's name where it is left out."""
    secrets: SecretNames = ()
    """Given to GitHub Actions."""
    protect: bool = True


class HerokuPlan(Part):
    """What is paid for stands here: plans and dyno sizes."""

    app: HerokuName | None = None
    """`<prefix><client>` where it is left out."""
    prefix: str = "remanso-"
    team: str | None = None
    pipeline: HerokuName | None = None
    stage: Literal["development", "staging", "production"] = "production"
    region: str = "us"
    stack: str = "heroku-24"
    postgres: str = "essential-0"
    cloudamqp: str = "lemur"
    size: str = "basic"
    formation: dict[str, Annotated[int, Field(ge=0)]] = {"web": 1, "worker": 1}
    config: dict[str, str] = {}
    """Config vars that are no secrets."""
    drain: str | None = None
    """Name of the secret with the log drain's URL: such URLs bear passwords."""


class HostPlan(Part):
    """A host with Docker, over SSH."""

    address: Annotated[str, Field(pattern=r"^[^-\s]\S*$")]
    """As ssh takes it: user@host, or a name of ~/.ssh/config."""
    url: str
    """Where the host's own TLS proxy serves the bot."""
    folder: str = "remanso"
    port: Annotated[int, Field(gt=0, le=65535)] = 8000
    options: tuple[str, ...] = ()
    config: dict[str, str] = {}


class SharedPlan(Part):
    """The Heroku app that serves many clients: which client of the inventory it was made for, and that one's
    repository, which holds the others' folders below `clients/`."""

    client: str
    app: HerokuName
    folder: Path


class MetaPlan(Part):
    app_id: Annotated[str, Field(pattern=r"^\d+$")]
    register_pin: str | None = None
    """Name of the secret with the two-step PIN; without it numbers are registered by hand."""


class CollectorPlan(Part):
    """The operators' collector, which is told how this client's app is and gets its logs."""

    url: Annotated[str, Field(pattern=r"^https?://[^@\s]+$")]
    token: str = "REMANSO_COLLECTOR_TOKEN"  # noqa: S105 - the name of a secret
    """Name of the secret that the collector takes entries by."""


class PushPlan(Part):
    """The Pushgateway that this client's processes push their metrics to."""

    url: Annotated[str, Field(pattern=r"^https?://[^@\s]+$")]
    user: str = "remanso"
    password: str
    """Name of the secret with the password."""


class ClientPlan(Part):
    """What one client should be."""

    folder: Path
    platform: Literal["heroku", "host", "shared"] = "heroku"
    canary: bool = False
    github: GitHubPlan | None = None
    heroku: HerokuPlan = HerokuPlan()
    host: HostPlan | None = None
    shared: SharedPlan | None = None
    meta: MetaPlan | None = None
    collector: CollectorPlan | None = None
    push: PushPlan | None = None
    secrets: SecretNames = ("REMANSO_OPENAI_API_KEY",)
    """Given to the bot besides those that client.toml names."""


class Inventory:
    """Read from `path`; what a client does not say, `[defaults]` does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.clients: dict[str, ClientPlan] = {}
        content = _read(path)
        defaults = content.get("defaults", {})
        for name, own in content.get("clients", {}).items():
            self.clients[name] = self._plan(name, _merged(defaults, own))

    def _plan(self, name: str, content: dict[str, Any]) -> ClientPlan:
        try:
            plan = ClientPlan.model_validate(content)
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
            raise ConfigurationError(f"{self.path.name}: client {name}: {wrong}") from None
        return plan.model_copy(update={"folder": self.path.parent / plan.folder})

    def client(self, name: str) -> ClientPlan:
        """Raises BadInput."""
        if name in self.clients:
            return self.clients[name]
        raise BadInput(f"{self.path.name} has no client {name}; it has {', '.join(self.clients) or 'none'}")

    def select(self, names: list[str]) -> dict[str, ClientPlan]:
        """These clients; all where none is named. Raises BadInput."""
        return {name: self.client(name) for name in names} if names else dict(self.clients)


def enter(path: Path, name: str, folder: Path) -> bool:
    """Add a client to the file, which may not exist yet; False where it stands there already."""
    if name in _read(path).get("clients", {}):
        return False
    near = folder.resolve()
    home = path.parent.resolve()
    shown = near.relative_to(home) if near.is_relative_to(home) else near
    before = path.read_text("utf-8") if path.exists() else "# The fleet: what each client should be (docs/fleet.md).\n"
    part = path.with_name(f".{path.name}.new")
    part.write_text(f"{before.rstrip()}\n\n[clients.{name}]\nfolder = {json.dumps(str(shown))}\n", "utf-8")
    part.replace(path)
    return True


def _read(path: Path) -> dict[str, Any]:
    try:
        content = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    except ValueError as problem:
        raise ConfigurationError(f"{path.name}: {problem}") from None
    unknown = content.keys() - {"defaults", "clients"}
    if unknown:
        raise ConfigurationError(
            f"{path.name}: unknown {', '.join(sorted(unknown))}; there is [defaults] and [clients.NAME]"
        )
    return content


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = {
        key: _merged(under[key], value) if isinstance(value, dict) and isinstance(under.get(key), dict) else value
        for key, value in over.items()
    }
    return {**under, **both}
