"""A person of whom every table that may hold something of them does, with the same words in every personal column."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import Boolean, DateTime, Integer, LargeBinary, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.ext.asyncio import AsyncConnection

from remanso.model.credit import account_of
from remanso.store import Store
from remanso.store.personal import PERSONAL
from remanso.store.persons import Person
from remanso.store.tables import metadata
from remanso.store.turns import Turn
from tests.support.scene import a_turn


@dataclass(frozen=True)
class Whole:
    """`words` stand in every personal column."""

    person: Person
    turn: Turn
    words: str

    @property
    def traces(self) -> list[str]:
        """What must be nowhere afterwards: words, names, and ids made from names."""
        ids = [str(one) for one in (*self.person.contacts, *self.person.conversations)]
        return [self.words, self.words.encode().hex(), *self.person.names, *ids]


async def a_whole_person(store: Store) -> Whole:
    """Somebody with an open turn, a person who holds them, parts under way, credit, and a past."""
    turn, words = await a_turn(store, "hola", "¿hay cursos?"), f"secretísimo-{uuid4().hex}"
    async with store.transaction() as tx:
        conversation = await tx.conversations.get(turn.conversation_id)
        assert conversation
        await _fill(tx.connection, turn, conversation.contact_id, conversation.channel)
        person = await tx.persons.of(turn.client, conversation.contact_id)
        assert person
        await _mark(tx.connection, person, words)
        found = await tx.persons.of(turn.client, conversation.contact_id)
        assert found
    return Whole(found, turn, words)


_ROWS = """
INSERT INTO contact_aliases VALUES (:client, 'user_id', 'AR.' || replace(:contact::text, '-', ''), :contact);
INSERT INTO turns (id, conversation_id, client, number, state, epoch, opened_at, closed_at)
    SELECT gen_random_uuid(), :conversation, :client, next_turn, 'answered', 0, now(), now()
    FROM conversations WHERE id = :conversation;
UPDATE conversations SET next_turn = next_turn + 1 WHERE id = :conversation;
INSERT INTO steps (id, turn_id, number, attempt, outcome, model, input_tokens, cached_tokens, cache_write_tokens,
    output_tokens, reasoning_tokens, cost_usd, seconds)
    VALUES (:step, :turn, 1, 1, 'kept', 'gpt-6-luna', 100, 0, 0, 20, 0, 0.125, 0.5);
INSERT INTO tool_calls (turn_id, call_id, step_id, ordinal, name, arguments, effect)
    VALUES (:turn, 'call-1', :step, 1, 'enrol', '{}', 'write');
INSERT INTO summaries (id, conversation_id, turn_id, until_position, state, text, model, made_at, cost_usd)
    VALUES (gen_random_uuid(), :conversation, :turn, 1, 'made', 'x', 'gpt-6-luna', now(), 0.25);
INSERT INTO messages (id, conversation_id, author, content, position, turn_id, step_id, channel, sent_at, received_at)
    VALUES (:said, :conversation, 'human', '{"kind": "text", "text": "x"}', 90, :turn, :step, :channel, now(), now());
INSERT INTO human_messages VALUES (:said, :user, 'Ana', gen_random_uuid()::text);
INSERT INTO media (message_id, turn_id, client, attempt, media_id, kind, state, content, seconds, cost_usd, expires_at)
    SELECT id, :turn, :client, 1, 'media', 'audio', 'heard', 'x'::bytea, 1, 0.5, now() + interval '1 day'
    FROM messages WHERE turn_id = :turn AND author = 'contact' LIMIT 1;
INSERT INTO deliveries (id, conversation_id, position, kind, epoch, turn_id, message_id, payload, state, wamid)
    VALUES (:sent, :conversation, 50, 'feedback', 0, :turn, :said, '{}', 'sending', 'w-' || :sent::text);
INSERT INTO receipts (id, delivery_id, channel, wamid, status, at, raw)
    VALUES (gen_random_uuid()::text, :sent, :channel, 'w-' || :sent::text, 'sent', now(), '{}');
INSERT INTO receipts (id, channel, wamid, status, at, raw)
    SELECT gen_random_uuid()::text, :channel, 'elsewhere', 'sent', now(),
        jsonb_build_object('recipient_id', reply_wa_id)
    FROM conversations WHERE id = :conversation;
INSERT INTO feedback (id, client, conversation_id, turn_id, question_id, answer)
    VALUES (gen_random_uuid(), :client, :conversation, :turn, :sent, 'no');
INSERT INTO notes VALUES (gen_random_uuid(), :conversation, :user, 'Ana', 'x', gen_random_uuid()::text);
INSERT INTO holds VALUES (:conversation, 0, :user, 'Ana');
INSERT INTO users (id, email, name, password_hash) VALUES (:user, gen_random_uuid()::text, 'Ana', 'x');
INSERT INTO reads VALUES (:user, :conversation, now());
INSERT INTO conversation_events (conversation_id, kind, epoch) VALUES (:conversation, 'taken_over', 0);
INSERT INTO audit (client, who, action, subject) VALUES
    (:client, 'Ana', 'conversation.taken_over', 'conversation:' || :conversation::text),
    (:client, 'Ana', 'credit.granted', 'contact:' || :contact::text),
    (:client, 'Ana', 'message.sent', 'message:' || :said::text),
    (:client, 'Ana', 'delivery.adopt', 'delivery:' || :sent::text);
INSERT INTO credit_accounts (id, client, contact_id, balance, reserved) VALUES (:account, :client, :contact, 2, 0.5);
INSERT INTO credit_entries (id, account_id, kind, amount, period, note, who) VALUES
    (:grant, :account, 'grant', 2, '2026-11', 'para ella', 'Ana');
INSERT INTO credit_entries (id, account_id, kind, amount, turn_id, step, attempt, who) VALUES
    (gen_random_uuid(), :account, 'reserve', 0.5, :turn, 1, 1, 'remanso');
INSERT INTO credit_grants VALUES (:grant, :account, 2, NULL);
INSERT INTO credit_reserves (turn_id, step, attempt, amount, accounts) VALUES (:turn, 1, 1, 0.5, ARRAY[:account]);
INSERT INTO webhook_endpoints (id, client, url, events, secret, made_by)
    VALUES (:user, :client, 'https://example.org/', '{message.received}', 'x', 'Ana');
INSERT INTO webhook_notifications (id, endpoint_id, client, type, line, subject, facts, place, horizon)
    VALUES (:sent, :user, :client, 'message.received', :conversation, :said, '{}', 1, 0);
INSERT INTO webhook_attempts (notification_id, status, seconds) VALUES (:sent, 204, 0.1);
INSERT INTO api_keys (id, client, name, prefix, token_hash, scopes, made_by)
    VALUES (:user, :client, 'CRM', 'rmk_', :user::text, '{read}', 'Ana');
INSERT INTO api_requests (api_key_id, key, fingerprint, status, body)
    VALUES (:user, 'once', 'x', 200, '{"contact_id": "' || :contact::text || '"}');
INSERT INTO attachments (id, conversation_id, filename, mime_type, size, sha256, content, expires_at)
    VALUES (gen_random_uuid(), :conversation, 'x.pdf', 'application/pdf', 1, 'x', 'x'::bytea, now() + interval '1 day');
INSERT INTO letters (id, kind, subject, recipient, language, client, sealed)
    VALUES (gen_random_uuid(), 'handoff', :conversation::text || ':0', :user::text, 'es', :client, 'x');
INSERT INTO credit_notices VALUES (:conversation, gen_random_uuid());
INSERT INTO parkings (id, scope, key, client, channels, detail, by_receipt, probe_at)
    VALUES (gen_random_uuid(), 'contact', 'contact:' || :conversation::text, :client, '{}', 'x', false, now());
INSERT INTO channel_reports (id, client, kind, value, received_at)
    SELECT gen_random_uuid()::text, :client, 'unknown', jsonb_build_object('from', reply_wa_id), now()
    FROM conversations WHERE id = :conversation
"""


async def _fill(connection: AsyncConnection, turn: Turn, contact: UUID, channel: str) -> None:
    ids = ("step", "said", "user", "sent", "grant")
    made = {name: f"'{(await connection.scalar(text('SELECT gen_random_uuid()')))}'::uuid" for name in ids}
    known = {
        "client": f"'{turn.client}'",
        "channel": f"'{channel}'",
        "contact": f"'{contact}'::uuid",
        "conversation": f"'{turn.conversation_id}'::uuid",
        "turn": f"'{turn.id}'::uuid",
        "account": f"'{account_of(turn.client, contact)}'::uuid",
    }
    for statement in _ROWS.split(";\n"):
        for name, value in sorted((known | made).items(), key=lambda each: -len(each[0])):
            statement = statement.replace(f":{name}", value)
        await connection.exec_driver_sql(statement)


async def _mark(connection: AsyncConnection, person: Person, words: str) -> None:
    """Every personal column that may hold words holds them. A table of which the person has no row fails."""
    for name, holding in PERSONAL.items():
        if holding.rows == "left":
            continue
        given = {key: value for key, value in person.parameters.items() if f":{key}" in holding.of}
        count = await connection.scalar(text(f"SELECT count(*) FROM {name} WHERE {holding.of}"), given)  # noqa: S608
        assert count, f"the whole person has nothing in {name}: give them something"
        for change in _changes(name, words):
            await connection.execute(text(f"UPDATE {name} SET {change} WHERE {holding.of}"), given)  # noqa: S608


_BY_NAME = {"kind", "value", "key", "subject", "wamid", "reply_wa_id", "reply_user_id", "raw", "body"}
"""By these rows are found, or they hold a name already."""


def _changes(name: str, words: str) -> list[str]:
    changes = []
    for column_name in PERSONAL[name].personal_columns:
        column = metadata.tables[name].columns[column_name]
        if column_name in _BY_NAME or isinstance(column.type, Uuid | DateTime | Integer | Boolean | TSVECTOR):
            continue
        if isinstance(column.type, JSONB):
            changes.append(f"{column_name} = coalesce({column_name}, '{{}}') || '{{\"text\": \"{words}\"}}'")
        elif isinstance(column.type, LargeBinary):
            changes.append(f"{column_name} = convert_to('{words}', 'UTF8')")
        elif isinstance(column.type, Text):
            changes.append(f"{column_name} = '{words}'")
    return changes


async def where(store: Store, *traces: str) -> dict[str, set[str]]:
    """{trace: the tables in which it stands}, in any column of any row."""
    found: dict[str, set[str]] = {}
    async with store.transaction() as tx:
        for table in metadata.sorted_tables:
            stands = await tx.connection.scalars(
                text(
                    f"SELECT DISTINCT trace FROM {table.name} t, unnest(CAST(:traces AS text[])) AS trace"  # noqa: S608
                    " WHERE strpos(to_jsonb(t)::text, trace) > 0"
                ),
                {"traces": list(traces)},
            )
            for trace in stands:
                found.setdefault(trace, set()).add(table.name)
    return found
