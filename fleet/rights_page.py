"""The rights of every service as a page, written from what grants them: `python -m fleet.rights_page`.

`docs/rights.md` is this page; a test keeps the two equal.
"""

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from remanso.bus.rights import PARTS, permission, queues_of
from remanso.bus.topology import DEAD_QUEUE
from remanso.store.rights import RIGHTS

DOCUMENT = Path(__file__).parents[1] / "docs" / "rights.md"


def text() -> str:
    """The page as it stands in the file."""
    return "\n".join([_HEAD, *_broker(), _DATABASE, *_database()]) + "\n"


_HEAD = """\
# Least rights

Written by `make docs` from `shared/remanso/bus/rights.py` and `shared/remanso/store/rights.py`, which are also what
`remanso rabbitmq definitions` and `remanso migrate --grant` hand to the servers. Why: [security](security.md).

## At RabbitMQ

Each service is the user `remanso-<service>`. It declares nothing (but the console the queues through which it
overhears), and tells and takes only this. `remanso-deploy` owns the topology and is no service's.

| service | tells | takes from | overhears | configure | write | read |
| --- | --- | --- | --- | --- | --- | --- |"""

_DATABASE = """
## At PostgreSQL

Each service is the role `remanso_<service>`; the ingress has none. S select, I insert, U update, D delete; with
columns in brackets where only those. The owner of the tables migrates and is no service's.
"""


def _broker() -> Iterator[str]:
    for service, part in PARTS.items():
        allowed = permission(service)
        taken = [queue.name for queue in queues_of(service)] + ([DEAD_QUEUE] if part.digs else [])
        patterns = [f"`{_escaped(pattern)}`" for pattern in (allowed.configure, allowed.write, allowed.read)]
        yield _row(service, *map(_list, (part.tells, taken, part.overhears)), *patterns)


def _database() -> Iterator[str]:
    yield _row("table", *RIGHTS)
    yield _row(*["---"] * (1 + len(RIGHTS)))
    for table in sorted({table for rights in RIGHTS.values() for table in rights}):
        yield _row(f"`{table}`", *(_short(rights.get(table, "")) for rights in RIGHTS.values()))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _short(privileges: str) -> str:
    """Each privilege once: whole where it is whole anywhere, else the columns together."""
    columns: dict[str, set[str] | None] = {}
    for name, narrowed in re.findall(r"(SELECT|INSERT|UPDATE|DELETE)(?: \(([^)]*)\))?", " ".join(privileges.split())):
        known = columns.setdefault(name[0], set())
        whole = known is None or not narrowed
        columns[name[0]] = None if whole else known | set(narrowed.split(", "))  # type: ignore[operator]
    told = ((name, columns[name]) for name in "SIUD" if name in columns)
    return ", ".join(name if which is None else f"{name} ({', '.join(sorted(which))})" for name, which in told)


def _list(names: Sequence[str]) -> str:
    return " ".join(f"`{name}`" for name in names)


def _escaped(pattern: str) -> str:
    """A bar would end a table's cell."""
    return pattern.replace("|", "\\|")


if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.name} written\n")
