"""What an app tells of itself every few seconds, and what is wrong with an app that tells this.

An app is one deployment of Remanso: one client's, or one that many share. Nothing here is about people.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

DEAD_QUEUE = "remanso.dead"
WAITS_TOO_LONG = timedelta(minutes=2)
MISSED = 3
"""So many heartbeats that did not come make an app silent."""
OLDEST = timedelta(minutes=5)
"""A heartbeat that was signed longer ago, or is as far ahead, is not believed."""


@dataclass(frozen=True)
class Beat:
    """One client's numbers. `waiting` are bursts and turns without an answer yet, `unsent` parts on their way.
    Tokens: in and out, of today in UTC. `oldest_seconds`: of the oldest turn that waits."""

    last_received_at: datetime | None
    waiting: int
    oldest_seconds: float
    unsent: int
    tokens_today: int


@dataclass(frozen=True)
class QueueDepth:
    queue: str
    waiting: int
    readers: int


class Heartbeat(BaseModel):
    """Unknown keys are let be: apps of many versions tell."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    app: str
    sent_at: AwareDatetime
    every_seconds: float = Field(gt=0)
    version: str
    release: str | None = None
    commit: str | None = None
    console_url: str | None = None
    store: bool
    """Whether PostgreSQL answers; where not, `clients` are empty."""
    queues: tuple[QueueDepth, ...] | None = None
    """None where RabbitMQ does not answer."""
    broken: int = 0
    """Clients that were skipped at the start."""
    clients: dict[str, Beat] = {}

    @property
    def silent_after(self) -> timedelta:
        return timedelta(seconds=self.every_seconds * MISSED)


class Trouble(StrEnum):
    """What is wrong with an app. The first ones keep contacts from being answered."""

    NEVER_HEARD = "never_heard"
    SILENT = "silent"
    CRASHED = "crashed"
    STORE = "store"
    BUS = "bus"
    NOBODY_READS = "nobody_reads"
    WAITING = "waiting"
    BROKEN = "broken"
    DEAD_LETTERS = "dead_letters"
    BEHIND = "behind"
    DRIFT = "drift"


GRAVE = frozenset(list(Trouble)[: list(Trouble).index(Trouble.DEAD_LETTERS)])


@dataclass(frozen=True)
class Complaint:
    """`detail`: a queue, a client, a dyno, a number; what it is depends on the trouble."""

    trouble: Trouble
    detail: str = ""

    @property
    def grave(self) -> bool:
        return self.trouble in GRAVE

    def __str__(self) -> str:
        """In English, for the command line."""
        words = self.trouble.value.replace("_", " ")
        return f"{words}: {self.detail}" if self.detail else words


def complaints_of_client(client: str, beat: Beat) -> Iterator[Complaint]:
    """What is wrong by one client's numbers, wherever they were read."""
    if beat.oldest_seconds > WAITS_TOO_LONG.total_seconds():
        yield Complaint(Trouble.WAITING, f"{client}, {round(beat.oldest_seconds / 60)} min")


def complaints_of_app(
    heartbeat: Heartbeat | None, heard_at: datetime | None, now: datetime, dynos: Mapping[str, str]
) -> Iterator[Complaint]:
    """What is wrong with an app, grave things first. `dynos`: {web.1: the state Heroku told last}."""
    yield from (Complaint(Trouble.CRASHED, name) for name, state in sorted(dynos.items()) if state == "crashed")
    if heartbeat is None or heard_at is None:
        yield Complaint(Trouble.NEVER_HEARD)
        return
    if now - heard_at > heartbeat.silent_after:
        yield Complaint(Trouble.SILENT)
    if not heartbeat.store:
        yield Complaint(Trouble.STORE)
    yield from _of_queues(heartbeat)
    for client, beat in sorted(heartbeat.clients.items()):
        yield from complaints_of_client(client, beat)
    if heartbeat.broken:
        yield Complaint(Trouble.BROKEN, str(heartbeat.broken))


def _of_queues(heartbeat: Heartbeat) -> Iterator[Complaint]:
    if heartbeat.queues is None:
        yield Complaint(Trouble.BUS)
    for depth in heartbeat.queues or ():
        if depth.queue == DEAD_QUEUE and depth.waiting:
            yield Complaint(Trouble.DEAD_LETTERS, str(depth.waiting))
        elif depth.queue != DEAD_QUEUE and not depth.readers:
            yield Complaint(Trouble.NOBODY_READS, depth.queue)
