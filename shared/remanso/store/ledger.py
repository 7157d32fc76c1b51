"""The ledger of credit: accounts, the entries that moved them and what is left of each grant.

An account's row is locked before anything about it is read, after every other lock of the transaction, and a contact's
before its client's; then one statement moves the accounts and writes their entries, and the transaction should end:
everybody of a client comes by the client's account.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.model.credit import Period, Span, account_of, period_of
from remanso.store.rows import Repository, many

OURSELVES = "remanso"
"""Who wrote an entry that no person asked for."""


@dataclass(frozen=True)
class Allowance:
    """What an account is granted by itself in each period: `dollars` at its first use, gone at the period's end.

    `contact_id` is None for the client's own account.
    """

    client: str
    contact_id: UUID | None
    dollars: Decimal
    span: Span
    timezone: str

    @property
    def account(self) -> UUID:
        return account_of(self.client, self.contact_id)


@dataclass(frozen=True)
class Account:
    """`expired` is what grants still hold whose time is over; `now` is PostgreSQL's clock when the row was read."""

    id: UUID
    client: str
    contact_id: UUID | None
    balance: Decimal
    reserved: Decimal
    expired: Decimal
    period: str | None
    last_grant: UUID | None
    now: datetime

    @property
    def available(self) -> Decimal:
        """What may be reserved."""
        return self.balance - self.reserved - self.expiring

    @property
    def expiring(self) -> Decimal:
        """What is gone with the next movement: all that expired but what open reserves cannot do without."""
        return min(self.expired, self.balance - self.reserved)

    @property
    def exhaustion(self) -> UUID:
        """Names the span in which nothing is granted."""
        return self.last_grant or self.id


ACCOUNT = """id, client, contact_id, balance, reserved, period, last_grant, clock_timestamp() AS now,
    (SELECT coalesce(sum(remaining), 0) FROM credit_grants WHERE account_id = credit_accounts.id
        AND expires_at <= clock_timestamp()) AS expired"""
_MERGE = (
    "UPDATE credit_entries SET account_id = :theirs, period = NULL WHERE account_id = ANY(:mine)",
    "UPDATE credit_grants SET account_id = :theirs WHERE account_id = ANY(:mine)",
    """
    UPDATE credit_reserves SET accounts = ARRAY(
        SELECT CASE WHEN account = ANY(:mine) THEN CAST(:theirs AS uuid) ELSE account END
        FROM unnest(accounts) WITH ORDINALITY AS open(account, place) ORDER BY place)
    WHERE accounts && CAST(:mine AS uuid[])
    """,
    """
    UPDATE credit_accounts a SET balance = a.balance + gone.balance, reserved = a.reserved + gone.reserved,
        period = greatest(a.period, gone.period),
        last_grant = CASE WHEN gone.balance > 0 THEN gone.last_grant ELSE coalesce(a.last_grant, gone.last_grant) END
    FROM (SELECT sum(balance) AS balance, sum(reserved) AS reserved, max(period) AS period,
              (array_agg(last_grant ORDER BY balance DESC))[1] AS last_grant
          FROM credit_accounts WHERE id = ANY(:mine)) gone
    WHERE a.id = :theirs
    """,
    "DELETE FROM credit_accounts WHERE id = ANY(:mine)",
)
"""Of a period's grant that moves only the amount is told: an account has one of its own for each period, and the
survivor gets no other for a period in which one of both had it. What comes along ends an exhaustion as a grant does."""


class Ledger(Repository):
    async def open(self, allowance: Allowance) -> Account:
        """The account, made where new, locked, without what has expired and with the grant of the present period."""
        locked = await self.lock([allowance.account])
        if not locked:
            await self.make(allowance.client, allowance.contact_id)
            locked = await self.lock([allowance.account])
        (account,) = locked
        period = period_of(account.now, allowance.timezone, allowance.span)
        granting = allowance.dollars > 0 and account.period != period.key
        if not granting and account.expiring <= 0:
            return account
        await self.expire(account.id)
        if granting:
            await self.grant(account.id, allowance.dollars, period, period.ends_at, who=OURSELVES)
        (account,) = await self.lock([account.id])
        return account

    async def make(self, client: str, contact_id: UUID | None) -> None:
        await self._run(
            """
            INSERT INTO credit_accounts (id, client, contact_id) VALUES (:id, :client, :contact) ON CONFLICT DO NOTHING
            """,
            id=account_of(client, contact_id),
            client=client,
            contact=contact_id,
        )

    async def lock(self, accounts: Sequence[UUID]) -> list[Account]:
        """These accounts, locked in the one order: a contact's before its client's."""
        return many(
            Account,
            await self._run(
                f"""
                SELECT {ACCOUNT} FROM credit_accounts
                WHERE id = ANY(:ids) ORDER BY contact_id IS NULL, id FOR UPDATE
                """,  # noqa: S608
                ids=list(accounts),
            ),
        )

    async def merge(self, client: str, gone: Sequence[UUID], kept: UUID) -> None:
        """Whatever the accounts of these contacts hold, owe and have noted becomes that of `kept`; no sum changes.

        Reserves are locked before accounts, as by whoever closes one: it is closed in the old accounts or in the new.
        """
        mine, theirs = [account_of(client, contact) for contact in gone], account_of(client, kept)
        await self._run("SELECT FROM credit_reserves WHERE accounts && CAST(:mine AS uuid[]) FOR UPDATE", mine=mine)
        found = await self._run("SELECT id FROM credit_accounts WHERE id = ANY(:mine)", mine=mine)
        if not (mine := list(found.scalars())):
            return
        await self.make(client, kept)
        await self._run(
            "SELECT FROM credit_accounts WHERE id = ANY(:ids) ORDER BY contact_id IS NULL, id FOR UPDATE",
            ids=[*mine, theirs],
        )
        given: dict[str, Any] = {"mine": mine, "theirs": theirs}
        for statement in _MERGE:
            await self._run(statement, **{name: each for name, each in given.items() if f":{name}" in statement})

    async def expire(self, account_id: UUID) -> None:
        """Grants whose time is over lose all but what open reserves cannot do without."""
        await self._run(
            """
            WITH due AS (
                SELECT g.id, remaining, a.balance - a.reserved AS free,
                    sum(remaining) OVER (ORDER BY expires_at, g.id) - remaining AS before
                FROM credit_grants g JOIN credit_accounts a ON a.id = account_id
                WHERE account_id = :account AND remaining > 0 AND expires_at <= clock_timestamp()
            ), gone AS (
                SELECT id, least(remaining, free - before) AS amount FROM due WHERE before < free
            ), taken AS (
                UPDATE credit_grants g SET remaining = remaining - amount FROM gone WHERE g.id = gone.id
            ), noted AS (
                INSERT INTO credit_entries (id, account_id, kind, amount, who)
                SELECT gen_random_uuid(), :account, 'expire', amount, :who FROM gone
            )
            UPDATE credit_accounts SET balance = balance - (SELECT coalesce(sum(amount), 0) FROM gone)
            WHERE id = :account
            """,
            account=account_id,
            who=OURSELVES,
        )

    async def grant(
        self,
        account_id: UUID,
        dollars: Decimal,
        period: Period | None,
        expires_at: datetime | None,
        *,
        who: str,
        note: str | None = None,
        key: UUID | None = None,
    ) -> bool:
        """One grant; False where this period had its own already, or `key` named one before."""
        result = await self._run(
            """
            WITH entry AS (
                INSERT INTO credit_entries (id, account_id, kind, amount, period, expires_at, note, who)
                VALUES (:id, :account, 'grant', :amount, CAST(:period AS text), :expires_at, :note, :who)
                ON CONFLICT DO NOTHING
                RETURNING id, account_id, amount, period, expires_at
            ), given AS (
                INSERT INTO credit_grants (id, account_id, remaining, expires_at)
                SELECT id, account_id, amount, expires_at FROM entry
            )
            UPDATE credit_accounts a SET balance = a.balance + entry.amount, last_grant = entry.id,
                period = coalesce(entry.period, a.period)
            FROM entry WHERE a.id = entry.account_id
            """,
            id=key or uuid7(),
            account=account_id,
            amount=dollars,
            period=period.key if period else None,
            expires_at=expires_at,
            note=note,
            who=who,
        )
        return result.rowcount == 1
