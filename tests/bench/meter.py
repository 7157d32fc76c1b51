"""What work costs, told so that it does not depend on what else the machine does: seconds of processors, not of clocks.

A process' time is its own and that of its children that have ended (PostgreSQL's backends come and go). Rows,
transactions and WAL are PostgreSQL's own counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import psutil
from sqlalchemy import text

from remanso.store import Store

POSTGRES, BROKER = "postgres", "rabbitmq"

_COUNTS = """
SELECT xact_commit AS transactions, tup_inserted AS inserted, tup_updated AS updated, tup_deleted AS deleted,
    pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS wal_bytes, pg_database_size(datname)::float8 AS bytes
FROM pg_stat_database WHERE datname = current_database()
"""


@dataclass(frozen=True)
class Reading:
    """`cpu`: seconds by part. `counts`: PostgreSQL's, since it started."""

    cpu: Mapping[str, float]
    counts: Mapping[str, float]

    def since(self, earlier: "Reading") -> "Reading":
        """What was used between the two."""
        cpu = {part: seconds - earlier.cpu.get(part, 0.0) for part, seconds in self.cpu.items()}
        return Reading(cpu, {name: value - earlier.counts[name] for name, value in self.counts.items()})


async def read(store: Store, parts: Mapping[str, list[int]]) -> Reading:
    """`parts`: the ids of the processes of each part; of a server that forks, its first."""
    async with store.transaction() as tx:
        await tx.connection.execute(text("SELECT pg_stat_clear_snapshot()"))
        counts = (await tx.connection.execute(text(_COUNTS))).mappings().one()
    cpu = {part: sum(map(seconds_of, pids)) for part, pids in parts.items()}
    return Reading(cpu, {name: float(value) for name, value in counts.items()})


def seconds_of(pid: int) -> float:
    """Processor seconds of a process and of everything it ever started."""
    try:
        process = psutil.Process(pid)
        times, children = process.cpu_times(), process.children()
    except psutil.NoSuchProcess:  # a backend that has just gone: from now on its parent counts it
        return 0.0
    ended = times.children_user + times.children_system
    return float(times.user + times.system + ended + sum(seconds_of(child.pid) for child in children))


async def postmaster(store: Store) -> int:
    """The first process of the server that `store` is connected to; it has to run on this machine, in sight."""
    async with store.transaction() as tx:
        backend = (await tx.connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
    parent = psutil.Process(int(backend)).parent()
    if parent is None:
        raise RuntimeError("PostgreSQL runs out of sight: use a private server (REMANSO_LOCAL_WAYS=private)")
    return int(parent.pid)


def broker(port: int) -> int:
    """The Erlang machine that listens at `port` of this machine."""
    for connection in psutil.net_connections("tcp"):
        if connection.status == psutil.CONN_LISTEN and connection.laddr[1:] == (port,) and connection.pid:
            return int(connection.pid)
    raise RuntimeError("RabbitMQ runs out of sight: use a private node (REMANSO_LOCAL_WAYS=private)")
