"""Every line of a run, and what must not be in it: what people wrote, and who they are."""

import contextlib
import json
from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

from sqlalchemy import text

from fleet.local.logs import Logs
from fleet.local.stack import OUTSIDE
from remanso.store import Store
from tests.support.waiting import eventually

LONGEST_WAY = 30.0
"""Seconds from a commit to its line, on a machine with far too much to do."""
SHORTEST = 12
"""Characters of a text that cannot stand in a line by accident."""

_TEXTS = f"""
SELECT DISTINCT content ->> 'text' FROM messages WHERE length(content ->> 'text') >= {SHORTEST}
UNION SELECT DISTINCT reply_wa_id FROM conversations WHERE reply_wa_id IS NOT NULL
"""  # noqa: S608


class WholeLogs(Logs):
    """Keeps all lines. The simulator's are left out: it plays the outside, where people may be named."""

    def __init__(self) -> None:
        super().__init__()
        self._kept = defaultdict(deque)

    def lines(self) -> list[str]:
        return [line for name, kept in self._kept.items() if not name.startswith(OUTSIDE) for line in kept]

    def events(self, name: str) -> list[dict[str, Any]]:
        """The lines of this event, read."""
        return [read for line in self.lines() if f'"{name}"' in line and (read := json.loads(line))["event"] == name]


async def personal_words(store: Store) -> list[str]:
    """Texts and numbers of all contacts that the database holds."""
    async with store.transaction() as tx:
        return [str(word) for word in (await tx.connection.execute(text(_TEXTS))).scalars()]


async def assert_nobody_is_named(lines: Sequence[str], store: Store) -> None:
    """No line holds a text that anybody wrote, or a number."""
    whole = "\n".join(lines)
    words = await personal_words(store)
    assert words, "nothing was said at all"
    assert len(whole) > 1000, "nothing was logged at all"
    found = [word for word in words if word in whole or json.dumps(word, ensure_ascii=False)[1:-1] in whole]
    assert not found, [line for line in lines if found[0] in line][:3]


async def assert_every_piece_is_told(logs: WholeLogs, store: Store) -> None:
    """One line for each message, each turn that ended and each part that Meta took; where no process was killed.

    Each names its client, by which Grafana's board *Client* finds it. A turn that no agent ever had needs none: a
    person took over before, or it was given up for its age. A line follows its commit: it may still be on its way here.
    """
    for event, key, table in (
        ("message.stored", "event_id", "SELECT event_id FROM messages WHERE author = 'contact'"),
        ("turn.worked", "turn_id", "SELECT id FROM turns WHERE state <> 'open' AND attempt > 0"),
        (
            "delivery.attempted",
            "delivery_id",
            "SELECT id FROM deliveries WHERE accepted_at IS NOT NULL AND attempts > 0",
        ),
    ):
        async with store.transaction() as tx:
            rows = {str(found) for found in (await tx.connection.execute(text(table))).scalars()}
        assert rows, f"nothing for {event}"
        missing = await _without_a_line(logs, event, key, rows)
        assert not missing, f"{len(missing)} of {len(rows)} without a line {event}: {sorted(missing)[:3]}"


async def _without_a_line(logs: WholeLogs, event: str, key: str, rows: set[str]) -> set[str]:
    def missing() -> set[str]:
        return rows - {line[key] for line in logs.events(event) if line["client"]}

    with contextlib.suppress(TimeoutError):
        await eventually(lambda: not missing(), within=LONGEST_WAY)
    return missing()
