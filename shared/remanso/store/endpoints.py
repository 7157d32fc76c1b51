"""Where a client's own systems want to be told of what happens, as its administrators see and change it."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.rows import many, one
from remanso.store.scoped import Scoped


@dataclass(frozen=True)
class Endpoint:
    """`waiting`: how many notifications have not been told. Secrets are encrypted."""

    id: UUID
    client: str
    url: str
    events: list[str]
    secret: str = field(repr=False)
    previous_until: datetime | None
    made_by: str
    created_at: datetime
    paused_at: datetime | None
    disabled_at: datetime | None
    disabled_reason: str | None
    failures: int
    trouble: str | None
    delivered_at: datetime | None
    waiting: int

    @property
    def status(self) -> str:
        if self.disabled_at:
            return "disabled"
        return "paused" if self.paused_at else "failing" if self.failures else "active"


@dataclass(frozen=True)
class Told:
    """One notification; `tries` are its attempts, the newest first: {at, status, trouble, seconds}."""

    id: UUID
    type: str
    state: str
    created_at: datetime
    due_at: datetime
    place: int
    tries: list[dict[str, Any]]


_COLUMNS = """e.id, e.client, e.url, e.events, e.secret, e.made_by, e.created_at, e.paused_at, e.disabled_at,
    e.disabled_reason, e.failures, e.trouble, e.delivered_at,
    CASE WHEN e.previous_until > now() THEN e.previous_until END AS previous_until,
    (SELECT count(*) FROM (SELECT FROM webhook_notifications n WHERE n.endpoint_id = e.id AND n.state = 'pending'
                           LIMIT 1000) waiting) AS waiting"""


class Endpoints(Scoped):
    async def of_client(self, client: str) -> list[Endpoint]:
        return many(
            Endpoint,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM webhook_endpoints e
                WHERE e.client = :client AND {self._mine("e.client")} ORDER BY e.created_at, e.id
                """,  # noqa: S608
                client=client,
            ),
        )

    async def one(self, client: str, endpoint_id: UUID) -> Endpoint | None:
        return one(
            Endpoint,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM webhook_endpoints e
                WHERE e.id = :id AND e.client = :client AND {self._mine("e.client")}
                """,  # noqa: S608
                id=endpoint_id,
                client=client,
            ),
        )

    async def add(
        self, client: str, endpoint_id: UUID, url: str, events: Collection[str], *, secret: str, made_by: str
    ) -> None:
        """The id is the caller's: the secret is encrypted with it."""
        await self._run(
            f"""
            INSERT INTO webhook_endpoints (id, client, url, events, secret, made_by)
            SELECT :id, own.client, :url, CAST(:events AS text[]), :secret, :made_by
            FROM (VALUES (CAST(:client AS text))) own(client) WHERE {self._mine("own.client")}
            """,  # noqa: S608
            id=endpoint_id,
            client=client,
            url=url,
            events=sorted(events),
            secret=secret,
            made_by=made_by,
        )

    async def change(self, client: str, endpoint_id: UUID, *, url: str, events: Collection[str]) -> bool:
        """False when there is none. What waits goes to the new address."""
        return await self._set(
            client, endpoint_id, "url = :url, events = CAST(:events AS text[])", url=url, events=sorted(events)
        )

    async def pause(self, client: str, endpoint_id: UUID) -> bool:
        """What happens meanwhile is kept, and told afterwards."""
        return await self._set(client, endpoint_id, "paused_at = coalesce(paused_at, now())")

    async def resume(self, client: str, endpoint_id: UUID) -> bool:
        """After a pause, or after it was disabled: everything that waits is tried again at once."""
        resumed = await self._set(
            client,
            endpoint_id,
            """paused_at = NULL, disabled_at = NULL, disabled_reason = NULL, failures = 0, trouble = NULL,
                due_at = now()""",
        )
        await self._run(
            f"""
            UPDATE webhook_notifications SET due_at = now(), attempts = 0
            WHERE endpoint_id = :id AND state = 'pending' AND client = :client AND {self._mine("client")}
            """,  # noqa: S608
            id=endpoint_id,
            client=client,
        )
        return resumed

    async def rotate(self, client: str, endpoint_id: UUID, secret: str, both_for: timedelta) -> bool:
        """A new secret; the present one signs beside it for a while. One of an earlier rotation ends now."""
        return await self._set(
            client,
            endpoint_id,
            "previous_secret = secret, previous_until = now() + CAST(:both AS interval), secret = :secret",
            secret=secret,
            both=both_for,
        )

    async def drop(self, client: str, endpoint_id: UUID) -> bool:
        """With all that waits for it."""
        gone = await self._run(
            f"DELETE FROM webhook_endpoints WHERE id = :id AND client = :client AND {self._mine('client')}",  # noqa: S608
            id=endpoint_id,
            client=client,
        )
        return gone.rowcount == 1

    async def notifications(
        self, client: str, endpoint_id: UUID, limit: int, before: int | None = None, notification_id: UUID | None = None
    ) -> list[Told]:
        """The newest first; `before` is the place of the last one already seen."""
        return many(
            Told,
            await self._run(
                f"""
                SELECT n.id, n.type, n.state, n.created_at, n.due_at, n.place,
                    coalesce((SELECT jsonb_agg(jsonb_build_object('at', a.at, 'status', a.status, 'trouble', a.trouble,
                                  'seconds', a.seconds) ORDER BY a.id DESC)
                              FROM webhook_attempts a WHERE a.notification_id = n.id), '[]'::jsonb) AS tries
                FROM webhook_notifications n
                WHERE n.endpoint_id = :id AND n.client = :client AND {self._mine("n.client")}
                  AND (CAST(:before AS bigint) IS NULL OR n.place < :before)
                  AND (CAST(:one AS uuid) IS NULL OR n.id = :one)
                ORDER BY n.place DESC LIMIT :limit
                """,  # noqa: S608
                id=endpoint_id,
                client=client,
                before=before,
                one=notification_id,
                limit=limit,
            ),
        )

    async def redeliver(self, client: str, endpoint_id: UUID, notification_id: UUID) -> bool:
        """Tells it once more, under the same id. False when there is none."""
        again = await self._run(
            f"""
            UPDATE webhook_notifications SET state = 'pending', attempts = 0, due_at = now(), settled_at = NULL
            WHERE id = :id AND endpoint_id = :endpoint AND client = :client AND {self._mine("client")}
            """,  # noqa: S608
            id=notification_id,
            endpoint=endpoint_id,
            client=client,
        )
        await self._set(client, endpoint_id, "due_at = now()")
        return again.rowcount == 1

    async def ping(self, client: str, endpoint_id: UUID) -> UUID | None:
        """A notification that says nothing but that it came. None when there is no such endpoint."""
        told = await self._run(
            f"""
            INSERT INTO webhook_notifications (id, endpoint_id, client, type, line, subject, facts, place, horizon)
            SELECT :id, e.id, e.client, 'endpoint.tested', :id, e.id, '{{}}', webhook_place(), 0
            FROM webhook_endpoints e WHERE e.id = :endpoint AND e.client = :client AND {self._mine("e.client")}
            RETURNING id
            """,  # noqa: S608
            id=uuid7(),
            endpoint=endpoint_id,
            client=client,
        )
        notification_id: UUID | None = told.scalar_one_or_none()
        return notification_id

    async def _set(self, client: str, endpoint_id: UUID, changes: str, **values: Any) -> bool:
        changed = await self._run(
            f"UPDATE webhook_endpoints SET {changes} WHERE id = :id AND client = :client AND {self._mine('client')}",  # noqa: S608
            id=endpoint_id,
            client=client,
            **values,
        )
        return changed.rowcount == 1
