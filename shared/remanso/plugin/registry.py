"""Which clients this process serves: found, checked and, for the agent, loaded with their tools.

A client is a folder with a client.toml: a sub-folder of the clients' directory, or the home of a module that an
installed distribution declares as entry point in the group `remanso.clients`. A broken client is named and skipped;
it never stops the others.
"""

import importlib
import importlib.metadata
import importlib.util
import os
import sys
from collections.abc import Collection as Names
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from packaging.specifiers import SpecifierSet
from pydantic import SecretStr

from remanso.errors import ConfigurationError
from remanso.plugin.builtin import builtin_tools
from remanso.plugin.collections import Collection
from remanso.plugin.config import ClientConfig, SecretName, read_config
from remanso.plugin.hooks import Hooks
from remanso.plugin.tools import Tool
from remanso.secrets import secret_from

ENTRY_POINTS = "remanso.clients"


@dataclass(frozen=True)
class Client:
    """One business, ready to be served."""

    config: ClientConfig
    folder: Path
    secrets: Mapping[str, SecretStr] = field(repr=False)
    """Those found in the environment, by their name in client.toml."""
    tools: Sequence[Tool] = ()
    collections: Sequence[Collection[Any]] = ()
    hooks: Hooks = field(default_factory=Hooks)
    system_prompt: str = ""
    """Empty unless loaded with tools, as are `tools`, `collections` and `hooks`."""

    @property
    def name(self) -> str:
        return self.config.name

    def secret(self, name: SecretName) -> SecretStr:
        """The secret called `name` in client.toml. Raises ConfigurationError where its variable is not set."""
        if name in self.secrets:
            return self.secrets[name]
        raise ConfigurationError(f"client {self.name}: secret {name} is not set")

    @property
    def app_secrets(self) -> list[SecretStr]:
        """The keys a webhook may be signed with: the current one and, during a hand-over, the previous one."""
        return [self.secrets[name] for name in ("app_secret", "app_secret_previous") if name in self.secrets]


@dataclass(frozen=True)
class Registry:
    clients: dict[str, Client]
    broken: dict[str, str]
    """What could not be loaded, by the name of its folder or entry point → why."""

    def by_channel(self, phone_number_id: str) -> Client | None:
        """The client that owns a number."""
        return next((client for client in self.clients.values() if phone_number_id in _numbers(client)), None)


def load_clients(
    directory: Path | None,
    *,
    with_tools: bool,
    needs: Names[SecretName] = (),
    environ: Mapping[str, str] = os.environ,
) -> Registry:
    """Every client in the sub-folders of `directory` and behind the entry points. Broken ones are named and skipped.

    Args:
        directory: holds one folder per client; None where all come by entry point.
        with_tools: also import each client's package and read its prompt, as only the agent needs them.
        needs: secrets this service cannot do without; a client that names one and lacks it is broken.
        environ: where secrets are looked up.

    Raises:
        ConfigurationError: `directory` is no directory.
    """
    registry = Registry({}, {})
    for label, folder in _folders(directory, registry.broken):
        try:
            client = load_client(folder, with_tools=with_tools, needs=needs, environ=environ)
            _admit(client, registry)
        except ConfigurationError as problem:
            registry.broken[label] = str(problem)
    return registry


def _folders(directory: Path | None, broken: dict[str, str]) -> Iterator[tuple[str, Path]]:
    if directory is not None:
        if not directory.is_dir():
            raise ConfigurationError("REMANSO_CLIENTS_DIR is not a directory")
        yield from ((path.parent.name, path.parent.resolve()) for path in sorted(directory.glob("*/client.toml")))
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        folder = _home(entry.module)
        if folder is None:
            broken[entry.name] = f"no client.toml beside or above the module {entry.module}"
        else:
            yield entry.name, folder


def _home(module: str) -> Path | None:
    """The folder with the client.toml that belongs to `module`: its own (installed) or the one above (a checkout)."""
    try:
        spec = importlib.util.find_spec(module)
    except Exception:  # a parent package may run any code; a module that cannot even be found is a broken client
        return None
    if spec is None or spec.origin is None:
        return None
    own = Path(spec.origin).resolve().parent
    return next((folder for folder in (own, own.parent) if (folder / "client.toml").is_file()), None)


def load_client(
    folder: Path,
    *,
    with_tools: bool,
    needs: Names[SecretName] = (),
    environ: Mapping[str, str] = os.environ,
) -> Client:
    """The client in `folder`. Raises ConfigurationError with what is wrong with it."""
    config = read_config(folder / "client.toml")
    version = importlib.metadata.version("remanso")
    if not SpecifierSet(config.requires).contains(version, prereleases=True):
        raise ConfigurationError(f"works with remanso {config.requires}, this is {version}")
    secrets = _secrets(config, needs, environ)
    if not with_tools:
        return Client(config, folder, secrets)
    package = _package(folder, config.package)
    tools, collections, hooks = _all_tools(package, config), _collections(package), _hooks(package)
    return Client(config, folder, secrets, tools, collections, hooks, _prompt(folder))


def _secrets(config: ClientConfig, needs: Names[SecretName], environ: Mapping[str, str]) -> dict[str, SecretStr]:
    variables = config.secret_variables
    # Stripped: a secret mounted from a file often ends in a newline, which no header or digest survives.
    found = {name: secret_from(variable, environ) for name, variable in variables.items()}
    missing = [variables[name] for name in sorted(needs) if name in variables and not found[name]]
    if missing:
        raise ConfigurationError(f"environment variable not set: {', '.join(missing)}")
    unsendable = [variables[name] for name, value in found.items() if not (value.isascii() and value.isprintable())]
    if unsendable:
        raise ConfigurationError(f"environment variable with characters no header can carry: {', '.join(unsendable)}")
    return {name: SecretStr(value) for name, value in found.items() if value}


def _package(folder: Path, package: str) -> ModuleType:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    try:
        module = importlib.import_module(package)
    except (Exception, SystemExit) as problem:  # a client's code may fail in any way; the others go on
        raise ConfigurationError(
            f"package {package} cannot be imported: {type(problem).__name__}: {problem}"
        ) from problem
    home = Path(module.__file__ or "").resolve()
    if folder not in home.parents:
        raise ConfigurationError(f"package {package} is not this client's: another package of that name came first")
    return module


def _all_tools(package: ModuleType, config: ClientConfig) -> tuple[Tool, ...]:
    """The client's own, then the built-in ones it switched on."""
    tools = (*_tools(package), *builtin_tools(config))
    if len({tool.name for tool in tools}) < len(tools):
        raise ConfigurationError(f"`tools.builtin` names a tool twice, or one that package {config.package} has itself")
    return tools


def _tools(package: ModuleType) -> tuple[Tool, ...]:
    tools = getattr(package, "tools", None)
    if not isinstance(tools, Sequence) or not all(isinstance(tool, Tool) for tool in tools):
        raise ConfigurationError(f"package {package.__name__} has no attribute `tools` that is a sequence of tools")
    if len({tool.name for tool in tools}) < len(tools):
        raise ConfigurationError(f"package {package.__name__} has two tools of one name")
    return tuple(tools)


def _collections(package: ModuleType) -> tuple[Collection[Any], ...]:
    """Those the package offers as `collections`; a client without a catalogue has none."""
    found = _offered(package, "collections", ())
    if not isinstance(found, Sequence) or not all(isinstance(collection, Collection) for collection in found):
        raise ConfigurationError(f"package {package.__name__}: `collections` is no sequence of collections")
    if len({collection.name for collection in found}) < len(found):
        raise ConfigurationError(f"package {package.__name__} has two collections of one name")
    if len({collection.model for collection in found}) < len(found):
        raise ConfigurationError(f"package {package.__name__} has two collections of one model")
    return tuple(found)


def _hooks(package: ModuleType) -> Hooks:
    found = _offered(package, "hooks", Hooks())
    if not isinstance(found, Hooks):
        raise ConfigurationError(f"package {package.__name__}: `hooks` is no `Hooks(…)`")
    return found


def _offered(package: ModuleType, name: str, otherwise: Any) -> Any:
    """What the package offers under `name`. A module that is only called so (as `import collections`) is no offer."""
    found = getattr(package, name, otherwise)
    if not isinstance(found, ModuleType):
        return found
    if found.__name__.startswith(f"{package.__name__}."):
        raise ConfigurationError(f"package {package.__name__}: `{name}` is a module: import `{name}` from it")
    return otherwise


def _prompt(folder: Path) -> str:
    try:
        return (folder / "prompts" / "system.md").read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"prompts/system.md cannot be read: {type(problem).__name__}") from problem


def _admit(client: Client, registry: Registry) -> None:
    known = registry.clients.get(client.name)
    if known is not None and known.folder == client.folder:
        return  # the same folder, found by directory and by entry point
    if known is not None:
        raise ConfigurationError(f"another client is called {client.name} already")
    for number in _numbers(client):
        owner = registry.by_channel(number)
        if owner is not None:
            raise ConfigurationError(f"number {number} belongs to client {owner.name} already")
    registry.clients[client.name] = client


def _numbers(client: Client) -> set[str]:
    return {channel.phone_number_id for channel in client.config.channels}
