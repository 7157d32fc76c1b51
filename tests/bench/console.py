"""How quick the inbox is with 20,000 conversations and 500,000 messages: `python -m tests.bench.console`.

Rows are made by SQL alone, in a private PostgreSQL. Prints the median and the worst of 20 runs of each question.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from uuid import UUID

from sqlalchemy import text

from remanso.store import Store
from remanso.store.inbox import Choice, Cursor
from remanso.store.scoped import Scope
from remanso.store.views import Views
from tests.support import infrastructure

CONVERSATIONS, EACH = 20_000, 25
RUNS = 20
WORDS = "hola curso precio marketing python gracias certificado clases horario pago cuotas descuento inscripción mañana"

SEED = (
    """INSERT INTO contacts (id, client, profile_name, created_at)
       SELECT gen_random_uuid(), 'client' || n % 10, 'Persona ' || n, now() FROM generate_series(1, :n) n""",
    """INSERT INTO conversations (id, client, channel, contact_id, reply_wa_id,
           last_inbound_at, next_position, next_turn)
       SELECT gen_random_uuid(), client, 'c', id, '549' || (1000000000 + row_number() OVER ()),
           now() - random() * interval '30 days', 26, 1 FROM contacts""",
    """INSERT INTO messages (id, conversation_id, author, content, position, channel, sent_at, received_at, created_at)
       SELECT gen_random_uuid(), c.id, CASE WHEN p % 2 = 0 THEN 'bot' ELSE 'contact' END,
           jsonb_build_object('kind', 'text', 'text', w[1 + (random() * 13)::int] || ' ' || w[1 + (random() * 13)::int]
               || ' ' || w[1 + (random() * 13)::int] || ' raro' || (random() * 100000)::int),
           p, 'c', at, at, at
       FROM (SELECT * FROM conversations ORDER BY id LIMIT 1000 OFFSET :skip) c
       CROSS JOIN generate_series(1, :each) p
       CROSS JOIN (SELECT string_to_array(:words, ' ') AS w) words
       CROSS JOIN LATERAL (SELECT c.last_inbound_at - (26 - p) * interval '1 minute' AS at) moment""",
    """UPDATE inbox SET last_at = c.last_inbound_at FROM conversations c WHERE c.id = inbox.conversation_id""",
    """UPDATE conversations SET mode = 'human', handoff_reason = 'x', human_until = now() + interval '1 hour'
       WHERE id IN (SELECT id FROM conversations ORDER BY id LIMIT 60)""",
)


async def main() -> None:
    async with (
        infrastructure.postgres_server() as server,
        infrastructure.migrated_database(server.url) as name,
        Store.connect(f"{server.url.rpartition('/')[0]}/{name}") as store,
    ):
        user = await _seed(store)
        for label, scope in (("member", Scope(frozenset({"client3"}))), ("operator", Scope(None))):
            for title, ask in _questions(user).items():
                await _measure(store, scope, f"{label}: {title}", ask)


async def _seed(store: Store) -> UUID:
    begun = time.perf_counter()
    values = {"n": CONVERSATIONS, "each": EACH, "words": WORDS}
    for statement in SEED:
        for skip in range(0, CONVERSATIONS, 1000) if ":skip" in statement else (0,):
            async with store.transaction() as tx:
                used = {key: value for key, value in {**values, "skip": skip}.items() if f":{key}" in statement}
                await tx.connection.execute(text(statement), used)
    async with store.transaction() as tx:
        user = await tx.users.add("bench@example.org", "Bench", "x")
    async with store.transaction() as tx:
        await tx.connection.execute(text("ANALYZE"))
    assert user
    seconds = time.perf_counter() - begun
    _say(f"seeded {CONVERSATIONS:,} conversations and {CONVERSATIONS * EACH:,} messages in {seconds:.0f} s")
    return user.id


def _questions(user: UUID) -> dict[str, Callable[[Views], Awaitable[object]]]:
    async def deep(views: Views) -> object:
        first = await views.inbox.page(user, limit=200)
        return await views.inbox.page(user, after=Cursor(first[-1].last_at, first[-1].id))

    return {
        "first page": lambda views: views.inbox.page(user),
        "200 rows and the next page": deep,
        "counts": lambda views: views.inbox.counts(user, None),
        "needs a person": lambda views: views.inbox.page(user, choice=Choice.NEEDS_HUMAN),
        "mine (none)": lambda views: views.inbox.page(user, choice=Choice.MINE),
        "failed (none)": lambda views: views.inbox.page(user, choice=Choice.FAILED),
        "search: rare word": lambda views: views.inbox.page(user, search="raro4711"),
        "search: common word": lambda views: views.inbox.page(user, search="marketing"),
        "search: name": lambda views: views.inbox.page(user, search="Persona 1234"),
        "search: nothing": lambda views: views.inbox.page(user, search="inexistente"),
    }


async def _measure(store: Store, scope: Scope, title: str, ask: Callable[[Views], Awaitable[object]]) -> None:
    took = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        async with store.transaction() as tx:
            await ask(tx.within(scope))
        took.append((time.perf_counter() - begun) * 1000)
    _say(f"{title:40} median {statistics.median(took):7.1f} ms   worst {max(took):7.1f} ms")


def _say(line: str) -> None:
    print(line, file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(main())
