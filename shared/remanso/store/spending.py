"""What a client's accounts hold and what its model calls cost, for the people of that client."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from remanso.store.rows import many
from remanso.store.scoped import Scoped


@dataclass(frozen=True)
class Balance:
    """US dollars. `contact_id` and `name` are None for the client's own account; `expiring` is what is over already."""

    contact_id: UUID | None
    name: str | None
    available: Decimal
    reserved: Decimal
    expiring: Decimal


@dataclass(frozen=True)
class Calls:
    """Model calls of a day (as the client counts days), model and contact, summaries and discarded ones included.

    `cost_usd` leaves out the `unpriced` calls: nobody knows theirs.
    """

    day: date
    model: str
    contact_id: UUID
    name: str | None
    calls: int
    unpriced: int
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal


@dataclass(frozen=True)
class Sum:
    """What model calls come to: those of one `day`, `model` or `contact` (its name), or of `all`, as `by` says."""

    by: str
    label: str | None
    calls: int
    unpriced: int
    tokens: int
    cost_usd: Decimal


@dataclass(frozen=True)
class Movement:
    """One line of the ledger of an account."""

    id: UUID
    at: datetime
    kind: str
    amount: Decimal
    note: str | None
    who: str
    contact_id: UUID | None
    name: str | None


@dataclass(frozen=True)
class Payee:
    """A contact who can be given credit, whether they have an account yet or not."""

    contact_id: UUID
    name: str | None
    wa_id: str | None


class Spending(Scoped):
    async def has_contact(self, client: str, contact_id: UUID) -> bool:
        found = await self._run(
            f"SELECT 1 FROM contacts WHERE id = :id AND client = :client AND {self._mine('client')}",  # noqa: S608
            id=contact_id,
            client=client,
        )
        return found.first() is not None

    async def balances(self, client: str, limit: int = 200) -> list[Balance]:
        """The client's own account first, then its contacts' by what they have least of."""
        return many(
            Balance,
            await self._run(
                f"""
                SELECT contact_id, name, greatest(balance - reserved - expired, 0) AS available, reserved,
                    least(expired, balance - reserved) AS expiring
                FROM (
                    SELECT a.contact_id, coalesce(p.name, p.profile_name) AS name, a.balance, a.reserved,
                        (SELECT coalesce(sum(remaining), 0) FROM credit_grants
                         WHERE account_id = a.id AND expires_at <= now()) AS expired
                    FROM credit_accounts a LEFT JOIN contacts p ON p.id = a.contact_id
                    WHERE a.client = :client AND {self._mine("a.client")}
                ) accounts
                ORDER BY contact_id IS NOT NULL, available, contact_id LIMIT :limit
                """,  # noqa: S608
                client=client,
                limit=limit,
            ),
        )

    def _of_client(self) -> str:
        """The client's model calls in the last `period`, read turn by turn: what others have used is not looked at.

        A turn is closed after its last call, so turns closed before have none in it.
        """
        mine = self._mine("t.client")
        return f"""
            SELECT t.conversation_id, s.model, s.input_tokens, s.output_tokens, s.cost_usd, s.at
            FROM turns t CROSS JOIN LATERAL (
                SELECT model, input_tokens, output_tokens, cost_usd, created_at AS at FROM steps
                WHERE turn_id = t.id AND created_at >= now() - CAST(:period AS interval) OFFSET 0
            ) s
            WHERE t.client = :client AND {mine}
              AND (t.closed_at IS NULL OR t.closed_at >= now() - CAST(:period AS interval))
            UNION ALL
            SELECT t.conversation_id, s.model, s.input_tokens, s.output_tokens, s.cost_usd, s.made_at
            FROM summaries s JOIN turns t ON t.id = s.turn_id
            WHERE t.client = :client AND {mine}
              AND s.model IS NOT NULL AND s.made_at >= now() - CAST(:period AS interval)
        """  # noqa: S608

    async def calls(self, client: str, period: timedelta, timezone: str) -> list[Calls]:
        """Of the last `period`."""
        return many(
            Calls,
            await self._run(
                f"""
                SELECT CAST(s.at AT TIME ZONE :timezone AS date) AS day, s.model, p.id AS contact_id,
                    coalesce(p.name, p.profile_name) AS name, count(*) AS calls,
                    count(*) FILTER (WHERE cost_usd IS NULL) AS unpriced, sum(input_tokens) AS input_tokens,
                    sum(output_tokens) AS output_tokens, coalesce(sum(cost_usd), 0) AS cost_usd
                FROM ({self._of_client()}) s
                JOIN conversations c ON c.id = s.conversation_id JOIN contacts p ON p.id = c.contact_id
                GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3
                """,  # noqa: S608
                client=client,
                period=period,
                timezone=timezone,
            ),
        )

    async def sums(self, client: str, period: timedelta, timezone: str, most: int) -> list[Sum]:
        """The same calls, added up by PostgreSQL: the newest days, the dearest models and contacts, `most` of each.

        Days in their order, the others by what they cost. First by conversation, so that contacts are looked up once.
        """
        return many(
            Sum,
            await self._run(
                f"""
                SELECT by, label, CAST(calls AS integer) AS calls, CAST(unpriced AS integer) AS unpriced,
                    tokens, cost_usd
                FROM (
                    SELECT CASE WHEN grouping(day) = 0 THEN 'day' WHEN grouping(model) = 0 THEN 'model'
                            WHEN grouping(contact_id) = 0 THEN 'contact' ELSE 'all' END AS by,
                        coalesce(CAST(day AS text), model,
                            CASE WHEN grouping(contact_id) = 0 THEN min(name) END) AS label,
                        day, coalesce(sum(calls), 0) AS calls, coalesce(sum(unpriced), 0) AS unpriced,
                        sum(tokens) AS tokens, coalesce(sum(cost_usd), 0) AS cost_usd,
                        row_number() OVER (PARTITION BY grouping(day), grouping(model), grouping(contact_id)
                            ORDER BY day DESC, coalesce(sum(cost_usd), 0) DESC, sum(tokens) DESC) AS place
                    FROM (
                        SELECT s.day, s.model, p.id AS contact_id, coalesce(p.name, p.profile_name) AS name,
                            s.calls, s.unpriced, s.tokens, s.cost_usd
                        FROM (
                            SELECT conversation_id, CAST(at AT TIME ZONE :timezone AS date) AS day, model,
                                count(*) AS calls, count(*) FILTER (WHERE cost_usd IS NULL) AS unpriced,
                                sum(input_tokens + output_tokens) AS tokens, sum(cost_usd) AS cost_usd
                            FROM ({self._of_client()}) calls GROUP BY 1, 2, 3
                        ) s JOIN conversations c ON c.id = s.conversation_id JOIN contacts p ON p.id = c.contact_id
                    ) sums GROUP BY GROUPING SETS ((day), (model), (contact_id), ())
                ) told WHERE place <= :most ORDER BY day, place
                """,  # noqa: S608
                client=client,
                period=period,
                timezone=timezone,
                most=most,
            ),
        )

    async def payees(self, client: str, chosen: UUID | None = None, limit: int = 200) -> list[Payee]:
        """Contacts of whom something was heard last, and the chosen one."""
        return many(
            Payee,
            await self._run(
                f"""
                SELECT p.id AS contact_id, coalesce(p.name, p.profile_name) AS name,
                    (SELECT min(value) FROM contact_aliases WHERE contact_id = p.id AND kind = 'wa_id') AS wa_id
                FROM contacts p
                LEFT JOIN (SELECT c.contact_id, max(i.last_at) AS at FROM inbox i
                           JOIN conversations c ON c.id = i.conversation_id
                           WHERE i.client = :client GROUP BY c.contact_id) heard ON heard.contact_id = p.id
                WHERE p.client = :client AND p.merged_into IS NULL AND {self._mine("p.client")}
                ORDER BY p.id = CAST(:chosen AS uuid) DESC NULLS LAST, heard.at DESC NULLS LAST, p.id LIMIT :limit
                """,  # noqa: S608
                client=client,
                chosen=chosen,
                limit=limit,
            ),
        )

    async def movements(self, client: str, limit: int, before: tuple[datetime, UUID] | None = None) -> list[Movement]:
        """Of all the client's accounts, the newest first and behind `before`, without reserves and their releases."""
        at, last = before or (None, None)
        return many(
            Movement,
            await self._run(
                f"""
                SELECT e.id, e.at, e.kind, e.amount, e.note, e.who, a.contact_id,
                    coalesce(p.name, p.profile_name) AS name
                FROM credit_entries e JOIN credit_accounts a ON a.id = e.account_id
                LEFT JOIN contacts p ON p.id = a.contact_id
                WHERE a.client = :client AND e.kind NOT IN ('reserve', 'release') AND {self._mine("a.client")}
                  AND (CAST(:at AS timestamptz) IS NULL OR (e.at, e.id) < (CAST(:at AS timestamptz), :last))
                ORDER BY e.at DESC, e.id DESC LIMIT :limit
                """,  # noqa: S608
                client=client,
                limit=limit,
                at=at,
                last=last,
            ),
        )
