"""Conversations: contact × channel. Their row's lock, held only inside short transactions, orders everything."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid5

from remanso.errors import Forgotten
from remanso.store.rows import Repository, many, one


@dataclass(frozen=True)
class Conversation:
    """`now` is PostgreSQL's clock when the row was read: every comparison of times uses it."""

    id: UUID
    client: str
    channel: str
    contact_id: UUID
    reply_wa_id: str | None
    reply_user_id: str | None
    mode: str
    epoch: int
    burst_opened_at: datetime | None
    due_at: datetime | None
    last_inbound_at: datetime | None
    handoff_reason: str | None
    human_until: datetime | None
    now: datetime
    rhythm: float | None = None
    """Of the contact's pauses, in seconds; None while nothing is known (services/debouncer/window.py)."""
    pair_next_at: datetime | None = None
    """When the next message to this contact is due at an even pace (remanso/model/pace.py)."""
    shut_after: datetime | None = None
    """The contact's last message when Meta said that their window is closed."""


@dataclass(frozen=True)
class Expectation:
    """What a batch of arrivals changed about one conversation."""

    conversation_id: UUID
    reply_wa_id: str | None
    reply_user_id: str | None
    last_inbound_at: datetime | None
    burst_opened_at: datetime | None
    due_at: datetime | None
    rhythm: float | None = None


COLUMNS = """id, client, channel, contact_id, reply_wa_id, reply_user_id, mode, epoch, burst_opened_at, due_at,
    last_inbound_at, handoff_reason, human_until, clock_timestamp() AS now, rhythm, pair_next_at,
    shut_after"""


def conversation_id(channel: str, contact_id: UUID) -> UUID:
    """Derived from its two halves, so that two processes that open it at once make the same row."""
    return uuid5(NAMESPACE_URL, f"remanso:conversation:{channel}:{contact_id}")


class Conversations(Repository):
    async def open(self, client: str, pairs: Iterable[tuple[str, UUID]]) -> dict[tuple[str, UUID], Conversation]:
        """The conversations of these (channel, contact) pairs, made where new, locked in one fixed order."""
        ids = {conversation_id(channel, contact): (channel, contact) for channel, contact in pairs}
        ordered = sorted(ids)
        await self._run(
            """
            INSERT INTO conversations (id, client, channel, contact_id)
            SELECT id, :client, channel, contact_id
            FROM unnest(CAST(:ids AS uuid[]), CAST(:channels AS text[]), CAST(:contacts AS uuid[]))
                AS new(id, channel, contact_id)
            ORDER BY id
            ON CONFLICT DO NOTHING
            """,
            client=client,
            ids=ordered,
            channels=[ids[key][0] for key in ordered],
            contacts=[ids[key][1] for key in ordered],
        )
        locked = many(
            Conversation,
            await self._run(
                f"SELECT {COLUMNS} FROM conversations WHERE id = ANY(:ids) ORDER BY id FOR UPDATE",  # noqa: S608
                ids=ordered,
            ),
        )
        return {(row.channel, row.contact_id): row for row in locked}

    async def expect(self, expectations: Sequence[Expectation]) -> None:
        """Writes what arrivals changed. Values of None leave the column as it is; the 24-hour window never shrinks."""
        await self._run_many(
            """
            UPDATE conversations
            SET reply_wa_id = :reply_wa_id,
                reply_user_id = coalesce(:reply_user_id, reply_user_id),
                last_inbound_at = greatest(last_inbound_at, CAST(:last_inbound_at AS timestamptz)),
                burst_opened_at = coalesce(:burst_opened_at, burst_opened_at),
                due_at = coalesce(:due_at, due_at),
                rhythm = coalesce(:rhythm, rhythm),
                feedback_due_at = NULL
            WHERE id = :conversation_id
            """,
            [vars(expectation) for expectation in expectations],
        )

    async def claim_due(self, limit: int) -> list[Conversation]:
        """Locks conversations of the bot's whose burst is over and which have no open turn.

        Rows others hold are passed over. While a person has the word, what was written waits for theirs.
        """
        return many(
            Conversation,
            await self._run(
                f"""
                SELECT {COLUMNS} FROM conversations
                WHERE due_at <= now() AND mode = 'bot'
                  AND NOT EXISTS (SELECT FROM turns WHERE turns.conversation_id = conversations.id AND state = 'open')
                ORDER BY due_at LIMIT :limit
                FOR UPDATE SKIP LOCKED
                """,  # noqa: S608
                limit=limit,
            ),
        )

    async def seconds_to_next_due(self) -> float | None:
        """Until the next burst without an open turn is due, a little below 0 when it is by now; None without any.

        What is due for longer is not looked at: sealed, or waiting behind an open turn, thousands of them in an outage.
        """
        result = await self._run(
            """
            SELECT extract(epoch FROM due_at - now())::float8 FROM conversations
            WHERE due_at > now() - interval '1 second' AND mode = 'bot'
              AND NOT EXISTS (SELECT FROM turns WHERE turns.conversation_id = conversations.id AND state = 'open')
            ORDER BY due_at LIMIT 1
            """
        )
        return result.scalar_one_or_none()

    async def lock(self, conversation_id: UUID) -> Conversation:
        """The conversation, locked until this transaction ends. Raises Forgotten when it is gone."""
        found = await self._find(conversation_id, "FOR UPDATE")
        if found is None:
            raise Forgotten(f"conversation {conversation_id}")
        return found

    async def get(self, conversation_id: UUID) -> Conversation | None:
        return await self._find(conversation_id, "")

    async def _find(self, conversation_id: UUID, locking: str) -> Conversation | None:
        return one(
            Conversation,
            await self._run(
                f"SELECT {COLUMNS} FROM conversations WHERE id = :id {locking}",  # noqa: S608
                id=conversation_id,
            ),
        )

    async def of_client(self, client: str) -> list[Conversation]:
        return many(
            Conversation,
            await self._run(
                f"""
                SELECT {COLUMNS} FROM conversations
                WHERE client = :client AND merged_into IS NULL ORDER BY created_at, id
                """,  # noqa: S608
                client=client,
            ),
        )

    async def take_positions(self, conversation_id: UUID, count: int) -> int:
        """Reserves `count` places in the log and gives the first."""
        return await self._reserve("next_position", conversation_id, count)

    async def take_delivery_positions(self, conversation_id: UUID, count: int) -> int:
        """Reserves `count` places in the queue of deliveries and gives the first."""
        return await self._reserve("next_delivery", conversation_id, count)

    async def _reserve(self, column: str, conversation_id: UUID, count: int) -> int:
        result = await self._run(
            f"UPDATE conversations SET {column} = {column} + :n WHERE id = :id RETURNING {column} - :n",  # noqa: S608
            id=conversation_id,
            n=count,
        )
        return int(result.scalar_one())

    async def shut_window(self, conversation_id: UUID, heard_at: datetime | None) -> None:
        """Meta calls the window closed that the message of `heard_at` opened. Nothing happens if they wrote since."""
        await self._run(
            "UPDATE conversations SET shut_after = last_inbound_at WHERE id = :id AND last_inbound_at = :heard_at",
            id=conversation_id,
            heard_at=heard_at,
        )

    async def pace_pair(self, conversation_id: UUID, next_at: datetime | None) -> None:
        """Writes down when the next message to this contact is due."""
        await self._run(
            "UPDATE conversations SET pair_next_at = :next_at WHERE id = :id", id=conversation_id, next_at=next_at
        )

    async def slow_pair(self, conversation_id: UUID, pause: timedelta) -> None:
        """Meta says that this contact gets too much: nothing before `pause` is over."""
        await self._run(
            "UPDATE conversations SET pair_next_at = greatest(pair_next_at, now() + :pause) WHERE id = :id",
            id=conversation_id,
            pause=pause,
        )

    async def first_address(self, conversation_id: UUID, wa_id: str | None, user_id: str | None) -> None:
        """Where to write to somebody who has not written yet; whoever wrote is answered where they wrote from."""
        await self._run(
            """
            UPDATE conversations SET reply_wa_id = :wa_id, reply_user_id = :user_id
            WHERE id = :id AND reply_wa_id IS NULL AND reply_user_id IS NULL
            """,
            id=conversation_id,
            wa_id=wa_id,
            user_id=user_id,
        )

    async def ask_feedback_in(self, conversation_id: UUID, delay: timedelta) -> None:
        """Sets the moment at which, if the contact stays silent, they are asked how it went."""
        await self._run(
            "UPDATE conversations SET feedback_due_at = now() + :delay WHERE id = :id", id=conversation_id, delay=delay
        )

    async def claim_feedback(self, clients: Collection[str], limit: int) -> list[Conversation]:
        """Takes conversations of `clients` in which the contact has been silent long enough; each is looked at once."""
        return many(
            Conversation,
            await self._run(
                f"""
                UPDATE conversations SET feedback_due_at = NULL
                WHERE id IN (SELECT id FROM conversations
                             WHERE feedback_due_at <= now() AND mode = 'bot' AND client = ANY(:clients)
                             LIMIT :limit FOR UPDATE SKIP LOCKED)
                RETURNING {COLUMNS}
                """,  # noqa: S608
                clients=list(clients),
                limit=limit,
            ),
        )

    async def tell_of_flood(self, conversation_id: UUID, period: timedelta) -> bool:
        """Notes that the contact is told of a limit. False when they were told and that period is not over."""
        result = await self._run(
            """
            UPDATE conversations SET flood_told_until = now() + :period
            WHERE id = :id AND (flood_told_until IS NULL OR flood_told_until <= now())
            """,
            id=conversation_id,
            period=period,
        )
        return result.rowcount == 1

    async def forget_bursts(self, conversation_ids: Collection[UUID]) -> None:
        """Nothing of these is due any more: what waited will get no turn."""
        await self._run(
            "UPDATE conversations SET due_at = NULL, burst_opened_at = NULL WHERE id = ANY(:ids)",
            ids=list(conversation_ids),
        )
