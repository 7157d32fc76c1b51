"""The secrets of one deployment as files, for `deploy/compose.production.yml` and whatever else mounts files.

Made once; a file that is there is never changed, so the command may run again at any time. What only people know
(Meta's, OpenAI's) they put beside it themselves.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

from remanso.bus.rights import OWNER, PARTS, definitions
from remanso.store.rights import RIGHTS

DEFINITIONS = "rabbitmq_definitions.json"
OWNERS_ROLE = "remanso"
"""Of PostgreSQL: it owns the tables and migrates."""
READABLE = 0o644


def make_secrets(folder: Path, *, broker: str, database: str) -> list[str]:
    """Makes what is missing in `folder` and gives its names. `broker` and `database` are host and port, or a host.

    The folder is its owner's alone. The files in it, people's own too, can be read by every user, because a container's
    user, to whom they are mounted one by one, is none of this machine.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = [name for name, value in _plan(folder, broker, database).items() if _write_new(folder / name, value)]
    passwords = {name: (folder / f"{name}_amqp_password").read_text() for name in (OWNER, *PARTS)}
    _write(folder / DEFINITIONS, json.dumps(definitions(passwords), indent=2))  # the topology may have grown
    for path in folder.iterdir():
        path.chmod(READABLE)
    return made


def _plan(folder: Path, broker: str, database: str) -> Mapping[str, Callable[[], str]]:
    """In an order in which each finds what it is made of."""

    def url(scheme: str, user: str, password: str, place: str) -> Callable[[], str]:
        return lambda: f"{scheme}://{user}:{(folder / password).read_text()}@{place}"

    plan: dict[str, Callable[[], str]] = {}
    plan[f"{OWNER}_amqp_password"] = _random
    for name in PARTS:
        plan[f"{name}_amqp_password"] = _random
        plan[f"{name}_amqp_url"] = url("amqp", f"remanso-{name}", f"{name}_amqp_password", f"{broker}/")
    for name in RIGHTS:
        plan[f"{name}_database_password"] = _random
        plan[f"{name}_database_url"] = url(
            "postgresql", f"remanso_{name}", f"{name}_database_password", f"{database}/remanso"
        )
    plan["postgres_password"] = _random
    plan["owner_database_url"] = url("postgresql", OWNERS_ROLE, "postgres_password", f"{database}/remanso")
    plan["console_secret"] = _random
    plan["collector_token"] = _random
    plan["app_key"] = str  # nothing, until the operators' panel gives it one
    return plan


def _random() -> str:
    """256 bits that fit into a URL as they are."""
    return secrets.token_hex(32)


def _write_new(path: Path, value: Callable[[], str]) -> bool:
    if path.exists():
        return False
    _write(path, value())
    return True


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a half-written secret would be taken for one."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text)
    part.chmod(READABLE)
    part.replace(path)
