"""What a wave left behind, outside (the simulator) and inside (PostgreSQL), and whether it has come to rest."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from remanso.model.delivery import UNSETTLED
from tests.chaos.scenario import Part
from tests.chaos.world import SLOWNESS, World

Row = dict[str, Any]
REST_WITHIN = 90.0 * SLOWNESS
"""Seconds after the last 200 until nothing may wait any more. Ten would do; a busy machine gets its time."""
RECEIPTS_EACH = 3
TRANSCRIPTIONS = "/audio/transcriptions"
REPORTS_EACH = 2

_OURS = "conversation_id IN (SELECT id FROM conversations WHERE reply_wa_id = ANY(:people))"
_TABLES = {
    "conversations": "SELECT to_jsonb(c) FROM conversations c WHERE reply_wa_id = ANY(:people)",
    "messages": "SELECT to_jsonb(m) - 'raw' FROM messages m WHERE @ours ORDER BY position",
    "turns": "SELECT to_jsonb(t) FROM turns t WHERE @ours ORDER BY number",
    "steps": "SELECT to_jsonb(s) FROM steps s JOIN turns t ON t.id = turn_id WHERE @ours ORDER BY s.number",
    "media": "SELECT to_jsonb(f) - 'content' FROM media f JOIN turns t ON t.id = turn_id WHERE @ours",
    "calls": "SELECT to_jsonb(k) FROM tool_calls k JOIN turns t ON t.id = turn_id WHERE @ours",
    "deliveries": "SELECT to_jsonb(d) FROM deliveries d WHERE @ours ORDER BY position",
    "receipts": "SELECT to_jsonb(r) - 'raw' FROM receipts r WHERE wamid = ANY(:sent)",
    "credit": "SELECT to_jsonb(e) FROM credit_entries e JOIN turns t ON t.id = turn_id WHERE @ours",
    "reports": "SELECT to_jsonb(r) FROM channel_reports r WHERE value::text LIKE ANY(:marks)",
    "left_behind": """
        SELECT jsonb_build_object('contact', k.id, 'what', left_over.what) FROM contacts k CROSS JOIN LATERAL (
            SELECT 'a name' AS what FROM contact_aliases a WHERE a.contact_id = k.id
            UNION SELECT 'credit' FROM credit_accounts a WHERE a.contact_id = k.id
            UNION SELECT 'a message' FROM messages m JOIN conversations c ON c.id = m.conversation_id
                WHERE c.contact_id = k.id
            UNION SELECT 'a part' FROM deliveries d JOIN conversations c ON c.id = d.conversation_id
                WHERE c.contact_id = k.id
        ) left_over WHERE k.merged_into IS NOT NULL
        """,
}


@dataclass(frozen=True)
class Evidence:
    """`posts`, `graph`, `model` and `heard` (transcriptions) are the simulator's records; rows are dictionaries."""

    parts: Sequence[Part]
    posts: Sequence[Row]
    graph: Sequence[Row]
    model: Sequence[Row]
    heard: Sequence[Row]
    ledger: Sequence[str]
    dead_letters: int
    conversations: Sequence[Row]
    messages: Sequence[Row]
    turns: Sequence[Row]
    steps: Sequence[Row]
    media: Sequence[Row]
    calls: Sequence[Row]
    deliveries: Sequence[Row]
    receipts: Sequence[Row]
    credit: Sequence[Row]
    reports: Sequence[Row]
    left_behind: Sequence[Row]
    """What still belongs to contacts who turned out to be somebody else."""

    def accepted(self) -> list[Row]:
        """What Meta took, in its order."""
        return [request for request in self.graph if request["accepted"]]

    def part_of(self, wa_id: str | None) -> Part | None:
        return next((part for part in self.parts if part.wa_id == wa_id), None)


@dataclass(frozen=True)
class Rest:
    """`missing` tells what still waited when the time was up; empty: all came to rest after `seconds`."""

    seconds: float
    missing: str


async def until_at_rest(world: World, parts: Sequence[Part], within: float = REST_WITHIN) -> Rest:
    """Wait until nothing that began in this wave will move any more."""
    began = time.monotonic()
    while missing := await _still_moving(world, parts):
        if time.monotonic() - began > within:
            return Rest(time.monotonic() - began, missing)
        await asyncio.sleep(0.25)
    return Rest(time.monotonic() - began, "")


async def _still_moving(world: World, parts: Sequence[Part]) -> str:
    """What is being waited for, in words; empty at rest."""
    waiting = await _count(world, parts)
    if not waiting:
        sent = [r["wamid"] for r in await world.control("GET", "graph/requests") if r["accepted"]]
        waiting = await _count_receipts(world, sent)
    return ", ".join(f"{number} {what}" for what, number in waiting.items())


async def _count(world: World, parts: Sequence[Part]) -> dict[str, int]:
    wamids = [wamid for part in parts for wamid in part.wamids]
    marks = [f"%{part.mark}%" for part in parts]
    async with world.store.transaction() as tx:
        result = await tx.connection.execute(
            text(
                f"""
                SELECT cardinality(CAST(:wamids AS text[]))
                         - (SELECT count(*) FROM messages WHERE wamid = ANY(:wamids)) AS "messages not stored",
                    (SELECT count(*) FROM conversations
                     WHERE reply_wa_id = ANY(:people) AND due_at IS NOT NULL
                       AND (mode = 'bot' OR human_until < now() + interval '1 minute')) AS "bursts not sealed",
                    (SELECT count(*) FROM conversations
                     WHERE reply_wa_id = ANY(:people) AND mode = 'human'
                       AND handoff_reason IS NOT NULL) AS "handoffs not over",
                    (SELECT count(*) FROM turns WHERE state = 'open' AND {_OURS}) AS "turns open",
                    (SELECT count(*) FROM credit_reserves r JOIN turns t ON t.id = r.turn_id
                     WHERE {_OURS}) AS "reserves open",
                    (SELECT count(*) FROM deliveries WHERE state = ANY(:unsettled) AND {_OURS}) AS "parts unsettled",
                    (SELECT count(*) FROM conversations c JOIN contacts k ON k.id = c.contact_id
                     WHERE k.merged_into IS NOT NULL AND c.merged_into IS NULL) AS "conversations not joined",
                    :reports - (SELECT count(*) FROM channel_reports
                                WHERE value::text LIKE ANY(:marks)) AS "reports not stored"
                """  # noqa: S608
            ),
            {
                "wamids": wamids,
                "people": [part.wa_id for part in parts],
                "unsettled": sorted(UNSETTLED),
                "marks": marks,
                "reports": REPORTS_EACH * sum(part.reports for part in parts),
            },
        )
        return {what: number for what, number in result.mappings().one().items() if number > 0}


async def _count_receipts(world: World, sent: Sequence[str]) -> dict[str, int]:
    async with world.store.transaction() as tx:
        result = await tx.connection.execute(
            text("SELECT count(*) FROM receipts WHERE wamid = ANY(:sent)"), {"sent": list(sent)}
        )
        missing = RECEIPTS_EACH * len(sent) - int(result.scalar_one())
    return {"receipts not stored": missing} if missing > 0 else {}


@dataclass(frozen=True)
class Before:
    """What the outside had piled up when the wave began: only what comes on top is the wave's."""

    ledger_lines: int
    dead_letters: int

    @classmethod
    async def of(cls, world: World) -> "Before":
        return cls(len(world.ledger_lines()), await world.dead_letters())


async def gather_evidence(world: World, parts: Sequence[Part], before: Before) -> Evidence:
    graph = [r for r in await world.control("GET", "graph/requests") if r["kind"] == "message"]
    rows = await _read(world, parts, [request["wamid"] for request in graph if request["accepted"]])
    asked = await world.control("GET", "openai/requests")
    return Evidence(
        parts=parts,
        posts=await world.control("GET", "webhooks"),
        graph=graph,
        model=[record for record in asked if not record["path"].endswith(TRANSCRIPTIONS)],
        heard=[record for record in asked if record["path"].endswith(TRANSCRIPTIONS)],
        ledger=world.ledger_lines()[before.ledger_lines :],
        dead_letters=await world.dead_letters() - before.dead_letters,
        **rows,
    )


async def _read(world: World, parts: Sequence[Part], sent: Sequence[str]) -> dict[str, list[Row]]:
    values = {
        "people": [part.wa_id for part in parts],
        "marks": [f"%{part.mark}%" for part in parts],
        "sent": list(sent),
    }
    rows: dict[str, list[Row]] = {}
    async with world.store.transaction() as tx:
        for name, query in _TABLES.items():
            sql = query.replace("@ours", _OURS)
            wanted = {key: value for key, value in values.items() if f":{key}" in sql}
            found = await tx.connection.execute(text(sql), wanted)
            rows[name] = [json.loads(row) if isinstance(row, str) else row for row in found.scalars()]
    return rows
