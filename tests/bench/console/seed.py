"""20,000 conversations of ten clients: 500,000 messages; a turn, a step and a delivery for each answer of the bot."""

import sys
import time
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from remanso.store import Store
from remanso.store.address import asyncpg_url

CONVERSATIONS, EACH, SLICE = 20_000, 25, 1000
CLIENT = "client3"
WORDS = "hola curso precio marketing python gracias certificado clases horario pago cuotas descuento inscripción mañana"

# Our ids begin with the time at which they were made, and some questions count on it.
_UUID_AT = """
CREATE FUNCTION pg_temp.uuid_at(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT CAST(lpad(to_hex(CAST(extract(epoch FROM at) * 1000 AS bigint)), 12, '0') || '7'
        || substr(md5(random()::text), 1, 19) AS uuid) $$
"""
WITH_TRIGGERS = ("conversations", "messages")
"""What the inbox and its search are made from."""

SOME = "(SELECT * FROM conversations ORDER BY id LIMIT 1000 OFFSET :skip) c"
"""What `SOME` stands for: a statement with it is run once for each slice."""

STATEMENTS = (
    """INSERT INTO contacts (id, client, profile_name, created_at)
       SELECT gen_random_uuid(), 'client' || n % 10, 'Persona ' || n, now() FROM generate_series(1, :n) n""",
    """INSERT INTO conversations (id, client, channel, contact_id, reply_wa_id,
           last_inbound_at, next_position, next_turn)
       SELECT gen_random_uuid(), client, 'c', id, '549' || (1000000000 + row_number() OVER ()),
           now() - random() * interval '30 days', 26, 13 FROM contacts""",
    """INSERT INTO messages (id, conversation_id, author, content, position, channel, sent_at, received_at, created_at)
       SELECT gen_random_uuid(), c.id, CASE WHEN p % 2 = 0 THEN 'bot' ELSE 'contact' END,
           jsonb_build_object('kind', 'text', 'text', w[1 + (random() * 13)::int] || ' ' || w[1 + (random() * 13)::int]
               || ' ' || w[1 + (random() * 13)::int] || ' raro' || (random() * 100000)::int),
           p, 'c', at, at, at
       FROM SOME
       CROSS JOIN generate_series(1, :each) p
       CROSS JOIN (SELECT string_to_array(:words, ' ') AS w) words
       CROSS JOIN LATERAL (SELECT c.last_inbound_at - (26 - p) * interval '1 minute' AS at) moment""",
    "ANALYZE",
    """UPDATE inbox SET last_at = c.last_inbound_at FROM conversations c WHERE c.id = inbox.conversation_id""",
    """UPDATE conversations SET mode = 'human', handoff_reason = 'x', human_until = now() + interval '1 hour'
       WHERE id IN (SELECT id FROM conversations ORDER BY id LIMIT 60)""",
    """INSERT INTO turns (id, conversation_id, client, number, state, epoch, opened_at, sealed_at, closed_at, reason)
       SELECT pg_temp.uuid_at(m.sent_at), c.id, c.client, m.position / 2,
           CASE WHEN random() < 0.002 THEN 'failed' ELSE 'answered' END, 0, m.sent_at, m.sent_at, m.sent_at, NULL
       FROM SOME JOIN messages m ON m.conversation_id = c.id AND m.author = 'bot'""",
    "ANALYZE turns",
    """INSERT INTO steps (id, turn_id, number, attempt, outcome, problems, model, input_tokens, cached_tokens,
           cache_write_tokens, output_tokens, reasoning_tokens, cost_usd, seconds, created_at)
       SELECT pg_temp.uuid_at(t.sealed_at), t.id, 1, 1, 'kept',
           CASE WHEN random() < 0.01 THEN '[{"kind": "price", "why": "nothing says so"}]'::jsonb ELSE '[]'::jsonb END,
           'gpt-6-luna', 900, 0, 0, 80, 0, 0.0004, 1.1, t.sealed_at
       FROM SOME JOIN turns t ON t.conversation_id = c.id""",
    """INSERT INTO deliveries (id, conversation_id, position, kind, epoch, turn_id, message_id, payload, state,
           accepted_at, settled_at, code, created_at)
       SELECT pg_temp.uuid_at(m.sent_at), c.id, m.position / 2,
           CASE WHEN chance < 0.003 THEN 'fallback' ELSE 'answer' END, 0, t.id, m.id,
           jsonb_build_object('type', 'text', 'text', 'hola'),
           CASE WHEN chance > 0.995 THEN 'failed' WHEN chance > 0.9949 THEN 'unknown' ELSE 'read' END, m.sent_at,
           CASE WHEN chance > 0.995 THEN m.sent_at END, CASE WHEN chance > 0.995 THEN 131026 END, m.sent_at
       FROM SOME JOIN messages m ON m.conversation_id = c.id AND m.author = 'bot'
       JOIN turns t ON t.conversation_id = c.id AND t.number = m.position / 2
       CROSS JOIN LATERAL (SELECT random() + 0 * m.position AS chance) lot""",
    """INSERT INTO feedback (id, client, conversation_id, turn_id, question_id, asked_at, answer, answered_at)
       SELECT gen_random_uuid(), t.client, d.conversation_id, d.turn_id, d.id, d.created_at,
           CASE WHEN random() < 0.8 THEN 'yes' ELSE 'no' END, d.created_at
       FROM deliveries d JOIN turns t ON t.id = d.turn_id WHERE d.position = 12""",
    """INSERT INTO credit_accounts (id, client, contact_id, balance)
       SELECT gen_random_uuid(), client, id, random() * 10 FROM contacts""",
    """INSERT INTO credit_entries (id, account_id, kind, amount, turn_id, step, attempt, who, at)
       SELECT gen_random_uuid(), a.id, kind, 0.0004, t.id, 1, 1, 'agent', t.sealed_at
       FROM SOME JOIN turns t ON t.conversation_id = c.id JOIN credit_accounts a ON a.contact_id = c.contact_id
       CROSS JOIN unnest(ARRAY['reserve', 'settle']) kind""",
    """INSERT INTO channel_reports (id, client, kind, field, channel, value, received_at)
       SELECT 'report' || n, 'client' || n % 10, 'field', 'phone_number_quality_update', 'c', '{}', now()
       FROM generate_series(1, 5000) n""",
)


async def fill(url: str, store: Store) -> UUID:
    """Everything, and a person of the console; gives their id. Past the store, whose statements end after 15 s."""
    engine = create_async_engine(asyncpg_url(url))
    begun = time.perf_counter()
    values = {"n": CONVERSATIONS, "each": EACH, "words": WORDS}
    for statement in STATEMENTS:
        for skip in range(0, CONVERSATIONS, SLICE) if " SOME" in statement else (0,):
            async with engine.begin() as connection:
                if not any(f"INTO {table} " in statement for table in WITH_TRIGGERS):  # else each key is looked up
                    await connection.execute(text("SET LOCAL session_replication_role = replica"))
                if "uuid_at" in statement:
                    await connection.execute(text("DROP FUNCTION IF EXISTS pg_temp.uuid_at"))
                    await connection.execute(text(_UUID_AT))
                asked = statement.replace(" SOME", f" {SOME}")
                used = {key: value for key, value in {**values, "skip": skip}.items() if f":{key}" in asked}
                await connection.execute(text(asked), used)
    async with store.transaction() as tx:
        user = await tx.users.add("bench@example.org", "Bench", "x")
    async with engine.begin() as connection:
        await connection.execute(text("ANALYZE"))
    await engine.dispose()
    assert user
    seconds = time.perf_counter() - begun
    say(f"seeded {CONVERSATIONS:,} conversations and {CONVERSATIONS * EACH:,} messages in {seconds:.0f} s")
    return user.id


def say(line: str) -> None:
    print(line, file=sys.stderr)
