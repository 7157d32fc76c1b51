"""What went wrong, or was judged, in a client's conversations. Each row names the conversation that it is about."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from remanso.store.rows import many
from remanso.store.scoped import Scoped

SOURCES = {
    "feedback": """SELECT conversation_id, coalesce(answered_at, asked_at) AS at, answer AS what, reason AS detail,
        CAST(NULL AS int) AS code FROM feedback f WHERE client = :client AND answer IS NOT NULL""",
    "grounding": """SELECT t.conversation_id, s.created_at, s.problems->0->>'kind', s.problems->0->>'why',
        CAST(NULL AS int) FROM steps s JOIN turns t ON t.id = s.turn_id
        WHERE t.client = :client AND s.problems <> '[]'::jsonb""",
    "fallbacks": """SELECT conversation_id, created_at, state, CAST(NULL AS text), CAST(NULL AS int) FROM deliveries
        WHERE kind = 'fallback'""",
    "deliveries": """SELECT conversation_id, coalesce(settled_at, created_at), kind, reason, code FROM deliveries
        WHERE state = 'failed'""",
    "unanswered": """SELECT conversation_id, coalesce(closed_at, sealed_at), state, reason, CAST(NULL AS int)
        FROM turns
        WHERE client = :client
          AND (state = 'failed' OR (state = 'open' AND sealed_at < now() - interval '10 minutes'))
        UNION ALL
        SELECT conversation_id, created_at, 'nobody_came', CAST(NULL AS text), CAST(NULL AS int)
        FROM conversation_events WHERE cause = 'nobody'""",
}
"""Where each kind of row is found: rare ones among many, each by an index of its own."""


@dataclass(frozen=True)
class Finding:
    """`code` is Meta's, of deliveries alone."""

    kind: str
    conversation_id: UUID
    name: str | None
    at: datetime
    what: str | None
    detail: str | None
    code: int | None


def _all() -> str:
    return " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, x.* FROM ({sql}) AS x (conversation_id, at, what, detail, code)"  # noqa: S608
        for kind, sql in SOURCES.items()
    )


class Quality(Scoped):
    async def counts(self, client: str, period: timedelta) -> dict[str, int]:
        """{kind: how many within `period`, up to now}; a kind without any is left out."""
        result = await self._run(
            f"""
            SELECT x.kind, count(*) AS findings FROM ({_all()}) x JOIN conversations c ON c.id = x.conversation_id
            WHERE c.client = :client AND x.at >= now() - CAST(:period AS interval)
              AND {self._mine("c.client")}
            GROUP BY 1
            """,  # noqa: S608
            client=client,
            period=period,
        )
        return {each.kind: each.findings for each in result}

    async def findings(
        self, client: str, kind: str, period: timedelta, limit: int = 200, before: tuple[datetime, UUID] | None = None
    ) -> list[Finding]:
        """The newest first, behind `before`: a moment and a conversation."""
        at, last = before or (None, None)
        return many(
            Finding,
            await self._run(
                f"""
                SELECT x.kind, x.conversation_id, coalesce(p.name, p.profile_name) AS name, x.at, x.what, x.detail,
                    x.code
                FROM ({_all()}) x JOIN conversations c ON c.id = x.conversation_id
                JOIN contacts p ON p.id = c.contact_id
                WHERE c.client = :client AND x.kind = :kind AND x.at >= now() - CAST(:period AS interval)
                  AND {self._mine("c.client")}
                  AND (CAST(:at AS timestamptz) IS NULL
                       OR (x.at, x.conversation_id) < (CAST(:at AS timestamptz), :last))
                ORDER BY x.at DESC, x.conversation_id DESC LIMIT :limit
                """,  # noqa: S608
                at=at,
                last=last,
                client=client,
                kind=kind,
                period=period,
                limit=limit,
            ),
        )
