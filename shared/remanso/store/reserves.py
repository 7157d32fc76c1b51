"""Open reserves of credit: taken before a call, closed with its cost or given back; the same in all their accounts.

A reserve's row is taken out before its accounts are locked: who closes it moves the accounts, and nobody else does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from remanso.model.credit import EntryKind
from remanso.store.ledger import OURSELVES, Ledger
from remanso.store.rows import Repository, many, one
from remanso.store.turns import Turn


@dataclass(frozen=True)
class Reserve:
    """An open reserve: for one call of one attempt at a turn, the same amount in each of `accounts`.

    Of the model for a step, or, with `message_id` and step 0, of hearing that message's sound.
    """

    turn_id: UUID
    step: int
    attempt: int
    amount: Decimal
    accounts: Sequence[UUID]
    message_id: UUID | None = None


_RESERVE = "turn_id, step, attempt, amount, accounts, message_id"
_NOTE = """INSERT INTO credit_entries (id, account_id, kind, amount, turn_id, step, attempt, message_id, note, who)
    SELECT gen_random_uuid(), account, CAST(:kind AS text), CAST(:amount AS numeric), CAST(:turn_id AS uuid),
        CAST(:step AS int), CAST(:attempt AS int), CAST(:message_id AS uuid), CAST(:note AS text), CAST(:who AS text)
    FROM unnest(CAST(:accounts AS uuid[])) AS account"""


class Reserves(Repository):
    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self._ledger = Ledger(connection)

    async def close(self, turn: Turn, hearing: UUID | None) -> Reserve | None:
        """Takes the turn's reserve for this call out of the open ones, unless a later attempt made it."""
        return one(
            Reserve,
            await self._run(
                f"""
                DELETE FROM credit_reserves WHERE turn_id = :turn AND attempt <= :attempt
                    AND message_id IS NOT DISTINCT FROM CAST(:hearing AS uuid)
                RETURNING {_RESERVE}
                """,  # noqa: S608
                turn=turn.id,
                attempt=turn.attempt,
                hearing=hearing,
            ),
        )

    async def close_all(self, turn_id: UUID, until_attempt: int) -> list[Reserve]:
        """Takes out whatever attempts up to this one left open."""
        return many(
            Reserve,
            await self._run(
                f"DELETE FROM credit_reserves WHERE turn_id = :turn AND attempt <= :attempt RETURNING {_RESERVE}",  # noqa: S608
                turn=turn_id,
                attempt=until_attempt,
            ),
        )

    async def close_abandoned(self) -> Reserve | None:
        """Takes one out whose turn is closed. Those that somebody is closing right now are passed over."""
        return one(
            Reserve,
            await self._run(
                f"""
                DELETE FROM credit_reserves WHERE ctid = (
                    SELECT r.ctid FROM credit_reserves r LEFT JOIN turns t ON t.id = r.turn_id
                    WHERE t.state IS DISTINCT FROM 'open' LIMIT 1 FOR UPDATE OF r SKIP LOCKED)
                RETURNING {_RESERVE}
                """  # noqa: S608
            ),
        )

    async def hold(self, reserve: Reserve) -> None:
        await self._run(
            f"""
            WITH noted AS ({_NOTE}), opened AS (
                INSERT INTO credit_reserves (turn_id, step, attempt, amount, accounts, message_id)
                VALUES (:turn_id, :step, :attempt, :amount, :accounts, CAST(:message_id AS uuid))
            )
            UPDATE credit_accounts SET reserved = reserved + :amount WHERE id = ANY(:accounts)
            """,  # noqa: S608
            **_entry(reserve, EntryKind.RESERVE, reserve.amount),
        )

    async def give_back(self, reserve: Reserve, why: str) -> None:
        await self._ledger.lock(reserve.accounts)
        await self._run(
            f"""
            WITH noted AS ({_NOTE})
            UPDATE credit_accounts SET reserved = reserved - :amount WHERE id = ANY(:accounts)
            """,  # noqa: S608
            **_entry(reserve, EntryKind.RELEASE, reserve.amount, why),
        )

    async def spend(self, reserve: Reserve, settled: Decimal) -> None:
        """The reserve is closed; what was settled leaves the balance and the grants that expire first."""
        await self._ledger.lock(reserve.accounts)
        await self._run(
            f"""
            WITH noted AS ({_NOTE}), grants AS (
                SELECT id, sum(remaining) OVER (PARTITION BY account_id ORDER BY expires_at NULLS LAST, id) - remaining
                    AS before
                FROM credit_grants WHERE account_id = ANY(:accounts) AND remaining > 0
            ), taken AS (
                UPDATE credit_grants g SET remaining = g.remaining - least(g.remaining, :amount - before)
                FROM grants WHERE g.id = grants.id AND before < :amount
            )
            UPDATE credit_accounts SET reserved = reserved - :held, balance = balance - :amount
            WHERE id = ANY(:accounts)
            """,  # noqa: S608
            held=reserve.amount,
            **_entry(reserve, EntryKind.SETTLE, settled),
        )

    async def note_excess(self, reserve: Reserve, excess: Decimal) -> None:
        """What a call cost beyond its reserve: written down, taken from nobody."""
        await self._run(_NOTE, **_entry(reserve, EntryKind.EXCESS, excess))


def _entry(reserve: Reserve, kind: EntryKind, amount: Decimal, note: str | None = None) -> dict[str, Any]:
    """The values of one entry in each account of `reserve`."""
    return {**vars(reserve), "kind": kind, "amount": amount, "note": note, "who": OURSELVES}
