"""What holds now of templates, channels and accounts, by Meta's own times."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from remanso.model.health import APPROVED, Fact, Standing, Subject
from remanso.store.rows import Repository, many, one

_TABLES = {
    Subject.TEMPLATE: ("templates", ("account", "name", "language")),
    Subject.CHANNEL: ("channel_health", ("account", "number")),
    Subject.ACCOUNT: ("account_health", ("account",)),
}
_JSON = {"components", "restrictions", "capability", "alert"}
_ASPECTS = {
    Subject.TEMPLATE: {"status", "category", "quality", "components"},
    Subject.CHANNEL: {
        *("channel", "status", "quality", "messaging_limit", "throughput", "name_status", "security"),
    },
    Subject.ACCOUNT: {"review", "standing", "restrictions", "violation", "capability", "alert"},
}


@dataclass(frozen=True)
class TemplateHealth:
    """`components` as Graph lists them, None until the list was read. `reason` is why it cannot be sent."""

    account: str
    name: str
    language: str
    client: str
    status: str | None
    reason: str | None
    category: str | None
    quality: str | None
    components: list[dict[str, Any]] | None
    status_at: datetime | None

    @property
    def may_be_sent(self) -> bool:
        return self.status == APPROVED


@dataclass(frozen=True)
class ChannelHealth:
    """`heard_at`: the newest message of a contact; `tested_at`: the App Dashboard's Test button, for the client.

    `channel` is None while only reports name the number, by its digits.
    """

    account: str
    number: str
    client: str
    channel: str | None
    status: str | None
    quality: str | None
    messaging_limit: str | None
    throughput: str | None
    name_status: str | None
    security: str | None
    security_at: datetime | None
    reported_at: datetime | None
    heard_at: datetime | None
    tested_at: datetime | None


@dataclass(frozen=True)
class AccountHealth:
    """`restrictions` are those not over yet: [{type, expiration (Unix seconds, or None)}]."""

    account: str
    client: str
    review: str | None
    standing: str | None
    restrictions: list[dict[str, Any]]
    violation: str | None
    capability: dict[str, Any] | None
    alert: dict[str, Any] | None


class Health(Repository):
    async def tell(self, client: str, facts: Iterable[Fact]) -> None:
        """Takes facts in. Those older than what is known of the same thing change nothing.

        A template that may be sent again sets free what waited for it.
        """
        for fact in sorted(facts, key=lambda fact: (fact.subject, fact.key, fact.at)):
            if await self._tell(client, fact) and fact.aspect == "status" and fact.value == APPROVED:
                await self._release(client, fact)

    async def _tell(self, client: str, fact: Fact) -> bool:
        table, names = _TABLES[fact.subject]
        if fact.aspect not in _ASPECTS[fact.subject]:
            raise ValueError(f"{fact.subject} has no {fact.aspect}")
        key = dict(zip(names, fact.key, strict=True))
        columns, marks = ", ".join(names), ", ".join(f":{name}" for name in names)
        await self._run(
            f"INSERT INTO {table} (client, {columns}) VALUES (:client, {marks}) ON CONFLICT DO NOTHING",  # noqa: S608
            client=client,
            **key,
        )
        more = dict(fact.more or {})
        # A repeat that says less than the report before it (the list gives no reason for a pause) takes nothing away.
        same = f"{fact.aspect} IS NOT DISTINCT FROM :value"
        kept = (f"{name} = CASE WHEN {same} THEN coalesce(:{name}, {name}) ELSE :{name} END" for name in more)
        changes = [f"{fact.aspect} = :value", f"{fact.aspect}_at = :at", *kept]
        if fact.subject is Subject.CHANNEL:
            changes.append("reported_at = greatest(reported_at, :at)")
        result = await self._run(
            f"""
            UPDATE {table} SET {", ".join(changes)}
            WHERE {" AND ".join(f"{name} = :{name}" for name in names)}
              AND ({fact.aspect}_at IS NULL OR {fact.aspect}_at <= :at)
            """,  # noqa: S608
            json=["value"] if fact.aspect in _JSON else [],
            value=fact.value,
            at=fact.at,
            **key,
            **more,
        )
        return result.rowcount == 1

    async def _release(self, client: str, fact: Fact) -> None:
        _, name, language = fact.key
        await self._run(
            """
            UPDATE deliveries SET state = 'pending', reason = NULL FROM conversations c
            WHERE c.id = conversation_id AND c.client = :client AND state = 'held'
              AND payload ->> 'type' = 'template' AND payload ->> 'name' = :name AND payload ->> 'language' = :language
            """,
            client=client,
            name=name,
            language=language,
        )

    async def forget_templates(self, account: str, listed: Iterable[tuple[str, str]], at: datetime) -> None:
        """Templates that Meta's whole list of `at` does not have any more are deleted."""
        pairs = sorted(listed)
        await self._run(
            """
            UPDATE templates SET status = 'DELETED', reason = NULL, status_at = :at
            WHERE account = :account AND (status_at IS NULL OR status_at <= :at)
              AND (name, language) NOT IN (SELECT * FROM unnest(CAST(:names AS text[]), CAST(:languages AS text[])))
            """,
            account=account,
            at=at,
            names=[name for name, _ in pairs],
            languages=[language for _, language in pairs],
        )

    async def now(self) -> datetime:
        """PostgreSQL's clock."""
        moment: datetime = (await self._run("SELECT clock_timestamp()")).scalar_one()
        return moment

    async def standing(self, account: str, name: str, language: str) -> Standing | None:
        """What is known of a template; None where nobody has told of it."""
        return one(
            Standing,
            await self._run(
                """
                SELECT status, category, reason FROM templates
                WHERE account = :account AND name = :name AND language = :language
                """,
                account=account,
                name=name,
                language=language,
            ),
        )

    async def clients(self) -> list[str]:
        """Those of whom anything is known."""
        found = await self._run(
            """
            SELECT client FROM templates UNION SELECT client FROM channel_health UNION SELECT client FROM account_health
            ORDER BY 1
            """
        )
        return list(found.scalars())

    async def templates_of(self, client: str) -> list[TemplateHealth]:
        return many(
            TemplateHealth,
            await self._run(
                """
                SELECT account, name, language, client, status, reason, category, quality, components, status_at
                FROM templates WHERE client = :client ORDER BY account, name, language
                """,
                client=client,
            ),
        )

    async def channels_of(self, client: str) -> list[ChannelHealth]:
        return many(
            ChannelHealth,
            await self._run(
                """
                SELECT h.account, h.number, h.client, h.channel, h.status, h.quality, h.messaging_limit, h.throughput,
                    h.name_status, h.security, h.security_at, h.reported_at,
                    (SELECT max(last_inbound_at) FROM conversations c WHERE c.channel = h.channel) AS heard_at,
                    (SELECT max(received_at) FROM channel_reports r
                     WHERE r.client = h.client AND r.kind = 'dashboard_test') AS tested_at
                FROM channel_health h WHERE h.client = :client ORDER BY h.account, h.number
                """,
                client=client,
            ),
        )

    async def accounts_of(self, client: str) -> list[AccountHealth]:
        return many(
            AccountHealth,
            await self._run(
                """
                SELECT account, client, review, standing, violation, capability, alert,
                    coalesce((SELECT jsonb_agg(one) FROM jsonb_array_elements(restrictions) AS one
                              WHERE one ->> 'expiration' IS NULL
                                 OR CAST(one ->> 'expiration' AS float8) > extract(epoch FROM now())),
                             '[]') AS restrictions
                FROM account_health WHERE client = :client ORDER BY account
                """,
                client=client,
            ),
        )
