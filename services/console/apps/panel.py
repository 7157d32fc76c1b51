"""What the panel shows of each app: what it told, what is wrong, and how bad that is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import ValidationError

from remanso.model.heartbeat import Beat, Complaint, Heartbeat, Trouble, complaints_of_app
from remanso.store import Transaction
from remanso.store.apps import App, Line, Troubled
from services.console.apps.heroku_codes import meaning

LINES = 100
DAYS = timedelta(days=7)


@dataclass(frozen=True)
class Row:
    """One app; sums over its clients."""

    app: App
    heartbeat: Heartbeat | None
    complaints: Sequence[Complaint]

    @property
    def tone(self) -> str:
        """error, warning or success, as pages colour it."""
        if any(each.grave for each in self.complaints):
            return "error"
        return "warning" if self.complaints else "success"

    @property
    def title(self) -> str:
        return str(self.app.about.get("title") or self.app.name)

    @property
    def waiting(self) -> int:
        return sum(beat.waiting for beat in self._beats)

    @property
    def unsent(self) -> int:
        return sum(beat.unsent for beat in self._beats)

    @property
    def tokens_today(self) -> int:
        return sum(beat.tokens_today for beat in self._beats)

    @property
    def last_received_at(self) -> datetime | None:
        return max((beat.last_received_at for beat in self._beats if beat.last_received_at), default=None)

    @property
    def console_url(self) -> str | None:
        """Only what a browser may be sent to."""
        url = self.heartbeat.console_url if self.heartbeat else None
        return url if url and url.startswith(("https://", "http://")) else None

    @property
    def _beats(self) -> Sequence[Beat]:
        return list(self.heartbeat.clients.values()) if self.heartbeat else []


@dataclass(frozen=True)
class Code:
    """One of Heroku's errors, and how often it came."""

    troubled: Troubled
    means: str
    todo: str


@dataclass(frozen=True)
class Closely:
    """One app with what its logs said."""

    row: Row
    codes: Sequence[Code]
    troubles: Sequence[Troubled]
    lines: Sequence[Line]


async def all_rows(tx: Transaction) -> list[Row]:
    """The worst first, then by name."""
    now = await tx.apps.now()
    rows = [_row(app, now) for app in await tx.apps.all()]
    return sorted(rows, key=lambda row: (("error", "warning", "success").index(row.tone), row.app.name))


async def closely(tx: Transaction, name: str, language: str) -> Closely | None:
    """None where there is no such app."""
    app = await tx.apps.get(name)
    if app is None:
        return None
    troubles = await tx.apps.troubles(name, DAYS)
    codes = [
        Code(each, *meaning(each.name).words(language))
        for each in troubles
        if each.kind == "heroku" and not each.name.startswith("state.")
    ]
    others = [each for each in troubles if each.kind != "heroku"]
    return Closely(_row(app, await tx.apps.now()), codes, others, await tx.apps.lines(name, LINES))


def _row(app: App, now: datetime) -> Row:
    heartbeat = _read(app)
    told = [*complaints_of_app(heartbeat, app.heard_at, now, app.dynos), *_of_standing(app)]
    return Row(app, heartbeat, told)


def _read(app: App) -> Heartbeat | None:
    """What another version kept may be unreadable to this one."""
    try:
        return Heartbeat.model_validate(app.heartbeat) if app.heartbeat else None
    except ValidationError:
        return None


def _of_standing(app: App) -> Iterator[Complaint]:
    """What `remanso fleet status --tell` found last."""
    standing = app.standing or {}
    if standing.get("behind"):
        yield Complaint(Trouble.BEHIND, str(standing.get("release") or ""))
    if standing.get("drift"):
        yield Complaint(Trouble.DRIFT, ", ".join(map(str, standing["drift"])))
