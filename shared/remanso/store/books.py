"""The reading side of money: what the model has used, what accounts hold, and whether the books agree."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from remanso.model.credit import account_of
from remanso.store.ledger import ACCOUNT, Account
from remanso.store.rows import Repository, many, one


@dataclass(frozen=True)
class Used:
    """Sums over model calls, discarded ones and summaries included.

    `cost_usd` leaves out the `unpriced`: nobody knows theirs.
    """

    steps: int
    discarded: int
    unpriced: int
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    reasoning_tokens: int
    cost_usd: Decimal


@dataclass(frozen=True)
class UsedOn(Used):
    """The same for one day and model."""

    day: date
    model: str


@dataclass(frozen=True)
class Entry:
    """One line of an account's ledger."""

    id: UUID
    account_id: UUID
    kind: str
    amount: Decimal
    turn_id: UUID | None
    step: int | None
    attempt: int | None
    expires_at: datetime | None
    note: str | None
    who: str
    at: datetime


@dataclass(frozen=True)
class Discrepancy:
    """An account that is not what its entries, grants and open reserves add up to."""

    account_id: UUID
    balance: Decimal
    balance_by_entries: Decimal
    balance_by_grants: Decimal
    reserved: Decimal
    reserved_by_entries: Decimal
    reserved_by_reserves: Decimal


_USED = """count(*) AS steps, count(*) FILTER (WHERE outcome = 'discarded') AS discarded,
    count(*) FILTER (WHERE cost_usd IS NULL) AS unpriced, coalesce(sum(input_tokens), 0) AS input_tokens,
    coalesce(sum(cached_tokens), 0) AS cached_tokens, coalesce(sum(output_tokens), 0) AS output_tokens,
    coalesce(sum(reasoning_tokens), 0) AS reasoning_tokens, coalesce(sum(cost_usd), 0) AS cost_usd"""


def _calls(where: str) -> str:
    """Every stored model call, whatever for; `{at}` in the condition is when it was stored."""
    columns = "model, input_tokens, cached_tokens, output_tokens, reasoning_tokens, cost_usd, turn_id"
    return f"""(
        SELECT {columns}, outcome, created_at FROM steps WHERE {where.format(at="created_at")}
        UNION ALL
        SELECT {columns}, state, made_at FROM summaries WHERE made_at IS NOT NULL AND {where.format(at="made_at")}
    )"""  # noqa: S608


_BETWEEN = _calls("{at} >= :since AND {at} < :until")

_BOOKS = """
SELECT id AS account_id, balance, reserved,
    (SELECT coalesce(sum(CASE kind WHEN 'grant' THEN amount WHEN 'settle' THEN -amount WHEN 'expire' THEN -amount
                         ELSE 0 END), 0)
     FROM credit_entries WHERE account_id = a.id) AS balance_by_entries,
    (SELECT coalesce(sum(remaining), 0) FROM credit_grants WHERE account_id = a.id) AS balance_by_grants,
    (SELECT coalesce(sum(amount), 0) FROM credit_entries e WHERE account_id = a.id AND kind = 'reserve'
        AND NOT EXISTS (SELECT FROM credit_entries c
                        WHERE (c.turn_id, c.step, c.attempt, c.account_id) = (e.turn_id, e.step, e.attempt, a.id)
                          AND c.kind IN ('settle', 'release'))) AS reserved_by_entries,
    (SELECT coalesce(sum(amount), 0) FROM credit_reserves WHERE a.id = ANY(accounts)) AS reserved_by_reserves
FROM credit_accounts a
"""


class Books(Repository):
    async def used_by_turn(self, turn_id: UUID) -> Used:
        return await self._used("turn_id = :id", turn_id)

    async def used_by_conversation(self, conversation_id: UUID) -> Used:
        return await self._used("turn_id IN (SELECT id FROM turns WHERE conversation_id = :id)", conversation_id)

    async def used_by_contact(self, contact_id: UUID) -> Used:
        return await self._used(
            """turn_id IN (SELECT t.id FROM turns t JOIN conversations c ON c.id = t.conversation_id
                           WHERE c.contact_id = :id)""",
            contact_id,
        )

    async def used_by_client(self, client: str, since: datetime, until: datetime, timezone: str) -> list[UsedOn]:
        """By day, as people in `timezone` count days, and by model; from `since` up to but without `until`."""
        return many(
            UsedOn,
            await self._run(
                f"""
                SELECT CAST(s.created_at AT TIME ZONE :timezone AS date) AS day, model, {_USED}
                FROM {_BETWEEN} s JOIN turns t ON t.id = turn_id
                WHERE t.client = :client
                GROUP BY 1, model ORDER BY 1, model
                """,  # noqa: S608
                client=client,
                since=since,
                until=until,
                timezone=timezone,
            ),
        )

    async def knows(self, client: str) -> bool:
        """Whether anybody has written to a client, or it has an account."""
        result = await self._run(
            """
            SELECT EXISTS (SELECT FROM conversations WHERE client = :client)
                OR EXISTS (SELECT FROM credit_accounts WHERE client = :client)
            """,
            client=client,
        )
        return bool(result.scalar_one())

    async def account(self, client: str, contact_id: UUID | None = None) -> Account | None:
        """An account as it is, unlocked; None while nothing was ever granted or reserved."""
        return one(
            Account,
            await self._run(
                f"SELECT {ACCOUNT} FROM credit_accounts WHERE id = :id",  # noqa: S608
                id=account_of(client, contact_id),
            ),
        )

    async def entries(self, account_id: UUID, limit: int = 50) -> list[Entry]:
        """The latest lines of an account's ledger, the newest first."""
        return many(
            Entry,
            await self._run(
                """
                SELECT id, account_id, kind, amount, turn_id, step, attempt, expires_at, note, who, at
                FROM credit_entries WHERE account_id = :id ORDER BY at DESC, id DESC LIMIT :limit
                """,
                id=account_id,
                limit=limit,
            ),
        )

    async def discrepancies(self) -> list[Discrepancy]:
        """Accounts whose books do not agree: there must never be one. Reads the whole ledger, in one snapshot."""
        return many(
            Discrepancy,
            await self._run(
                f"""
                SELECT * FROM ({_BOOKS}) books WHERE balance <> balance_by_entries OR balance <> balance_by_grants
                    OR reserved <> reserved_by_entries OR reserved <> reserved_by_reserves
                """  # noqa: S608
            ),
        )

    async def _used(self, where: str, of: UUID) -> Used:
        (used,) = many(Used, await self._run(f"SELECT {_USED} FROM {_calls(where)} calls", id=of))  # noqa: S608
        return used
