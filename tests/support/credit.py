"""Credit for tests: turns that exist only as names, accounts with a grant, and a look at the books."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

from remanso.store import Store
from remanso.store.credit import Refusal
from remanso.store.ledger import Account, Allowance
from remanso.store.turns import Turn

CLIENT = "school"
NOW = datetime.now(UTC)


def usd(*dollars: Decimal | int | str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, dollars))


def a_turn(attempt: int = 1) -> Turn:
    """What credit wants to know of a turn: a name and an attempt."""
    return Turn(uuid4(), uuid4(), CLIENT, 1, "open", 0, attempt, 0, 0, NOW, NOW, None, None, None)


def tried_again(turn: Turn) -> Turn:
    return replace(turn, attempt=turn.attempt + 1)


def allowance(contact_id: UUID | None = None, dollars: Decimal | int = 0, client: str = CLIENT) -> Allowance:
    """Of a month; by default nothing is granted by itself."""
    return Allowance(client, contact_id, Decimal(dollars), "month", "America/Argentina/Buenos_Aires")


async def grant(
    store: Store,
    dollars: Decimal | int | str,
    *,
    contact_id: UUID | None = None,
    client: str = CLIENT,
    lasts: timedelta | None = None,
) -> None:
    async with store.transaction() as tx:
        await tx.credit.grant(client, contact_id, Decimal(dollars), who="Ana", lasts=lasts)


async def reserve(
    store: Store, turn: Turn, dollars: Decimal | int | str, *allowances: Allowance, step: int = 1
) -> Refusal | None:
    async with store.transaction() as tx:
        return await tx.credit.reserve(turn, step, Decimal(dollars), allowances or [allowance()])


async def account(store: Store, contact_id: UUID | None = None, client: str = CLIENT) -> Account:
    async with store.transaction() as tx:
        found = await tx.books.account(client, contact_id)
    assert found is not None
    return found


async def kinds(store: Store, account_id: UUID) -> list[tuple[str, Decimal]]:
    """An account's ledger in its order."""
    async with store.transaction() as tx:
        return [(entry.kind, entry.amount) for entry in reversed(await tx.books.entries(account_id, 1000))]


async def assert_books_agree(store: Store) -> None:
    async with store.transaction() as tx:
        assert await tx.books.discrepancies() == []
