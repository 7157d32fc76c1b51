"""What a database that was restored from a backup must be told before anybody works on it: the world went on.

Between the backup and now parts may have gone out of which its rows know nothing. Each that was to be sent is in doubt,
then, like one whose sender died: a receipt settles it, and without one it is sent again, counted and logged.
"""

from dataclasses import dataclass
from datetime import timedelta

from remanso.model.turn import TurnState
from remanso.store.rows import Repository
from remanso.store.takeovers import Takeovers
from remanso.store.turns import Turns

WHY = "restored from a backup"


@dataclass(frozen=True)
class Aftermath:
    """What may have been dealt with after the backup was made. `handed_over`: conversations given to people."""

    parts: int
    turns: int
    waiting: int
    handed_over: int


class Restored(Repository):
    async def settle(self, wait: timedelta, *, hand_over: bool) -> Aftermath:
        """Parts wait `wait` for a receipt. With `hand_over` people look first at what the bot would answer.

        With its commit the restore is over, and services may start.
        """
        await self._run("DROP SCHEMA IF EXISTS remanso_restoring")
        parts = await self._doubt(wait)
        await self._free()
        open_turns = await self._count("SELECT count(*) FROM turns WHERE state = 'open'")
        waiting = await self._count("SELECT count(*) FROM conversations WHERE due_at IS NOT NULL AND mode = 'bot'")
        return Aftermath(parts, open_turns, waiting, await self._hand_over() if hand_over else 0)

    async def _doubt(self, wait: timedelta) -> int:
        """Every part that was to be sent, but templates that wait beside the line for Meta's approval."""
        done = await self._run(
            """
            UPDATE deliveries SET state = 'unknown', reconcile_at = now() + CAST(:wait AS interval), retry_at = NULL,
                paced_at = NULL, reason = :why
            WHERE state IN ('pending', 'sending') OR (state = 'held' AND payload ->> 'type' <> 'template')
            """,
            wait=wait,
            why=WHY,
        )
        return int(done.rowcount)

    async def _free(self) -> None:
        """Nobody holds anything: who held it is gone. Nor is anybody signed in: some may have been thrown out since."""
        for statement in (
            "UPDATE turns SET lease_until = NULL WHERE lease_until IS NOT NULL",
            "UPDATE conversations SET send_lease_until = NULL WHERE send_lease_until IS NOT NULL",
            "UPDATE chores SET lease_until = NULL WHERE lease_until IS NOT NULL",
            "DELETE FROM console_sessions",
            "DELETE FROM account_links",
        ):
            await self._run(statement)

    async def _hand_over(self) -> int:
        result = await self._run(
            """
            SELECT id FROM conversations c WHERE mode = 'bot' AND (due_at IS NOT NULL
                OR EXISTS (SELECT FROM turns t WHERE t.conversation_id = c.id AND t.state = 'open'))
            ORDER BY id FOR UPDATE
            """
        )
        found = list(result.scalars())
        for conversation in found:
            await Turns(self._connection).end_open(conversation, TurnState.CANCELLED, WHY)
            await Takeovers(self._connection).hand_off(conversation, WHY, timedelta(days=1))
        return len(found)

    async def _count(self, statement: str) -> int:
        result = await self._run(statement)
        return int(result.scalar_one())
