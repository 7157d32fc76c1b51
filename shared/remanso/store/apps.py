"""Apps of the fleet as the collector knows them: who they are, their last heartbeat, what their logs said."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from remanso.model.heartbeat import Heartbeat
from remanso.store.rows import Repository, many, one

MOST_LINES = 2000
"""Of each app."""


@dataclass(frozen=True)
class Credentials:
    public_key: str
    drain_hash: str


@dataclass(frozen=True)
class App:
    """`about`: what the inventory says of it; `standing`: what `remanso fleet status` found, and when;
    `dynos`: {web.1: the state Heroku told last}."""

    name: str
    about: Mapping[str, Any]
    standing: Mapping[str, Any] | None
    standing_at: datetime | None
    heartbeat: Mapping[str, Any] | None
    heard_at: datetime | None
    drained_at: datetime | None
    dynos: Mapping[str, str]
    errors_today: int


@dataclass(frozen=True)
class Line:
    """One drained line worth keeping. `kind`: `ours` (JSON of our services), `heroku`, `plain`; `name`: its event, or
    Heroku's code."""

    at: datetime
    dyno: str
    kind: str
    level: str
    name: str
    text: str


@dataclass(frozen=True)
class Troubled:
    """How often something went wrong on one day."""

    day: date
    kind: str
    name: str
    level: str
    count: int
    last_at: datetime


_ALL = """
SELECT a.name, a.about, a.standing, a.standing_at, a.heartbeat, a.heard_at, a.drained_at, a.dynos,
    coalesce((SELECT sum(t.count) FROM app_troubles t
               WHERE t.app = a.name AND t.day = (now() AT TIME ZONE 'UTC')::date AND t.level = 'error'), 0)::int
        AS errors_today
FROM apps a
"""


class Apps(Repository):
    async def enter(self, name: str, credentials: Credentials, about: Mapping[str, Any]) -> None:
        """Add an app, or give it other credentials; what it told stays."""
        await self._run(
            """
            INSERT INTO apps (name, public_key, drain_hash, about) VALUES (:name, :public_key, :drain_hash, :about)
            ON CONFLICT (name) DO UPDATE
                SET public_key = excluded.public_key, drain_hash = excluded.drain_hash, about = excluded.about
            """,
            json=["about"],
            name=name,
            about=dict(about),
            **asdict(credentials),
        )

    async def leave(self, name: str) -> bool:
        """Forget an app with all it told; False: there was none."""
        return (await self._run("DELETE FROM apps WHERE name = :name", name=name)).rowcount == 1

    async def credentials(self, name: str) -> Credentials | None:
        return one(
            Credentials, await self._run("SELECT public_key, drain_hash FROM apps WHERE name = :name", name=name)
        )

    async def all(self) -> list[App]:
        return many(App, await self._run(f"{_ALL} ORDER BY a.name"))

    async def get(self, name: str) -> App | None:
        return one(App, await self._run(f"{_ALL} WHERE a.name = :name", name=name))

    async def now(self) -> datetime:
        found: datetime = (await self._run("SELECT now()")).scalar_one()
        return found

    async def heard(self, heartbeat: Heartbeat) -> bool:
        """Keeps a heartbeat unless a later one is there; False: it is old, or came twice."""
        result = await self._run(
            """
            UPDATE apps SET heartbeat = :heartbeat, heartbeat_sent_at = :sent_at, heard_at = now()
            WHERE name = :name AND (heartbeat_sent_at IS NULL OR heartbeat_sent_at < :sent_at)
            """,
            json=["heartbeat"],
            name=heartbeat.app,
            sent_at=heartbeat.sent_at,
            heartbeat=heartbeat.model_dump(mode="json"),
        )
        return result.rowcount == 1

    async def stands(self, name: str, standing: Mapping[str, Any]) -> bool:
        """Keeps what `remanso fleet status` found; False: there is no such app."""
        result = await self._run(
            "UPDATE apps SET standing = :standing, standing_at = now() WHERE name = :name",
            json=["standing"],
            name=name,
            standing=dict(standing),
        )
        return result.rowcount == 1

    async def new_frame(self, app: str, frame: str) -> bool:
        """Whether this frame was not drained before; noted as drained from now on."""
        result = await self._run(
            "INSERT INTO app_frames (app, frame) VALUES (:app, :frame) ON CONFLICT DO NOTHING", app=app, frame=frame
        )
        return result.rowcount == 1

    async def drained(
        self, app: str, lines: Sequence[Line], counted: Mapping[tuple[str, str, str], int], dynos: Mapping[str, str]
    ) -> None:
        """Keeps lines, counts of trouble by (kind, name, level), and the states of dynos."""
        await self._run(
            "UPDATE apps SET drained_at = now(), dynos = dynos || :dynos WHERE name = :app",
            json=["dynos"],
            app=app,
            dynos=dict(dynos),
        )
        await self._run_many(
            """
            INSERT INTO app_lines (app, at, dyno, kind, level, name, text)
            VALUES (:app, :at, :dyno, :kind, :level, :name, :text)
            """,
            [{"app": app, **asdict(line)} for line in lines],
        )
        await self._run_many(
            """
            INSERT INTO app_troubles (app, day, kind, name, level, count, last_at)
            VALUES (:app, (now() AT TIME ZONE 'UTC')::date, :kind, :name, :level, :count, now())
            ON CONFLICT (app, day, kind, name) DO UPDATE
                SET count = app_troubles.count + excluded.count, last_at = now(), level = excluded.level
            """,
            [
                {"app": app, "kind": kind, "name": name, "level": level, "count": count}
                for (kind, name, level), count in sorted(counted.items())
            ],
        )

    async def lines(self, app: str, most: int) -> list[Line]:
        """The last ones, the newest first."""
        return many(
            Line,
            await self._run(
                "SELECT at, dyno, kind, level, name, text FROM app_lines WHERE app = :app ORDER BY id DESC LIMIT :most",
                app=app,
                most=most,
            ),
        )

    async def troubles(self, app: str, within: timedelta) -> list[Troubled]:
        """By day, the newest first, then the most frequent."""
        return many(
            Troubled,
            await self._run(
                """
                SELECT day, kind, name, level, count, last_at FROM app_troubles
                WHERE app = :app AND day > :since ORDER BY day DESC, count DESC, name
                """,
                app=app,
                since=(datetime.now(UTC) - within).date(),
            ),
        )

    async def tidy(self, keep_lines: timedelta, keep_counts: timedelta) -> None:
        """Forget what is old, and of each app all but its last lines."""
        await self._run("DELETE FROM app_frames WHERE created_at < now() - interval '1 day'")
        await self._run("DELETE FROM app_lines WHERE created_at < now() - CAST(:keep AS interval)", keep=keep_lines)
        await self._run(
            """
            DELETE FROM app_lines l USING apps a WHERE l.app = a.name AND l.id <
                (SELECT id FROM app_lines WHERE app = a.name ORDER BY id DESC OFFSET :most LIMIT 1)
            """,
            most=MOST_LINES - 1,
        )
        await self._run("DELETE FROM app_troubles WHERE last_at < now() - CAST(:keep AS interval)", keep=keep_counts)


def counted(lines: Sequence[Line]) -> Counter[tuple[str, str, str]]:
    """How often each trouble is among `lines`, by (kind, name, level)."""
    return Counter((line.kind, line.name, line.level) for line in lines if line.level in ("warning", "error"))
