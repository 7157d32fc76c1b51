"""One conversation at rest becomes part of another: every row of it, in an order that loses and disorders nothing."""

from uuid import UUID

from remanso.model.delivery import DeliveryKind
from remanso.store.arrivals import Arrivals
from remanso.store.conversations import conversation_id
from remanso.store.rows import Repository
from remanso.store.takeovers import Takeovers
from remanso.store.turns import Turns

MOVED = frozenset(
    {"messages", "turns", "deliveries", "feedback", "conversation_events", "credit_notices", "summaries"}
    | {"notes", "attachments", "holds", "reads", "inbox"}  # the inbox's row follows its messages by their trigger
)
"""Tables whose rows belong to a conversation, and are moved with it. Written down so that a test finds a new one."""

_BOTH = "conversation_id IN (:gone, :kept)"


class Folding(Repository):
    async def fold(self, gone: UUID, contact: UUID) -> UUID:
        """Moves everything of a conversation at rest into that of `contact` on the same channel."""
        kept = await self._counterpart(gone, contact)
        await self._run(
            "SELECT id FROM conversations WHERE id IN (:gone, :kept) ORDER BY id FOR UPDATE", gone=gone, kept=kept
        )
        await self._share_the_word(gone, kept)
        await self._move_turns(gone, kept)
        await self._move_messages(gone, kept)
        await self._move_deliveries(gone, kept)
        await self._move_team(gone, kept)
        await self._move_rest(gone, kept)
        await self._forget_cuts(gone, kept)
        await self._close(gone, kept)
        return kept

    async def _counterpart(self, gone: UUID, contact: UUID) -> UUID:
        result = await self._run("SELECT client, channel FROM conversations WHERE id = :id", id=gone)
        client, channel = result.one()
        kept = conversation_id(channel, contact)
        await self._run(
            """
            INSERT INTO conversations (id, client, channel, contact_id) VALUES (:id, :client, :channel, :contact)
            ON CONFLICT DO NOTHING
            """,
            id=kept,
            client=client,
            channel=channel,
            contact=contact,
        )
        return kept

    async def _share_the_word(self, gone: UUID, kept: UUID) -> None:
        """A person who holds the one conversation holds both, and no bot part of the other starts any more."""
        result = await self._run(
            """
            SELECT k.mode = 'bot' AND g.mode = 'human', g.handoff_reason, g.human_until - now()
            FROM conversations g, conversations k WHERE g.id = :gone AND k.id = :kept
            """,
            gone=gone,
            kept=kept,
        )
        is_held, reason, hold = result.one()
        takeovers = Takeovers(self._connection)
        if is_held and reason is not None:
            await takeovers.hand_off(kept, reason, hold)
        elif is_held:
            await takeovers.take_over(kept, hold)
            await Turns(self._connection).cancel_open(kept, "a person took over")
            await self._run(
                """
                INSERT INTO holds (conversation_id, epoch, user_id, who)
                SELECT k.id, k.epoch, h.user_id, h.who FROM conversations g
                JOIN holds h ON h.conversation_id = g.id AND h.epoch = g.epoch
                CROSS JOIN conversations k WHERE g.id = :gone AND k.id = :kept
                """,
                gone=gone,
                kept=kept,
            )

    async def _move_turns(self, gone: UUID, kept: UUID) -> None:
        """Numbered anew in the order of their sealing; an open one stays the last."""
        await self._run(
            f"""
            WITH ranked AS (SELECT id, row_number() OVER (ORDER BY (state = 'open'), sealed_at, id) AS place
                            FROM turns WHERE {_BOTH})
            UPDATE turns SET conversation_id = :kept, number = -place FROM ranked WHERE turns.id = ranked.id
            """,  # noqa: S608
            gone=gone,
            kept=kept,
        )
        await self._run("UPDATE turns SET number = -number WHERE conversation_id = :kept AND number < 0", kept=kept)

    async def _move_messages(self, gone: UUID, kept: UUID) -> None:
        """Numbered anew by time; each log keeps its own order, and an open turn stays the last."""
        await self._run(
            f"""
            WITH open AS (SELECT id FROM turns WHERE conversation_id = :kept AND state = 'open'),
            keyed AS (
                SELECT id, conversation_id, position, coalesce(turn_id IN (SELECT id FROM open), false) AS late,
                    max(created_at) OVER own AS at, max(sent_at) OVER own AS sent
                FROM messages WHERE {_BOTH} AND position IS NOT NULL
                WINDOW own AS (PARTITION BY conversation_id ORDER BY position)
            ), ranked AS (
                SELECT id, row_number() OVER (ORDER BY late, at, sent, conversation_id, position) AS place FROM keyed
            )
            UPDATE messages SET conversation_id = :kept, position = -place FROM ranked WHERE messages.id = ranked.id
            """,  # noqa: S608
            gone=gone,
            kept=kept,
        )
        await self._run(
            "UPDATE messages SET position = -position WHERE conversation_id = :kept AND position < 0", kept=kept
        )
        await self._run(
            "UPDATE messages SET conversation_id = :kept WHERE conversation_id = :gone", gone=gone, kept=kept
        )
        await Arrivals(self._connection).amend([kept])  # an edit may have come to the one, its message to the other

    async def _move_deliveries(self, gone: UUID, kept: UUID) -> None:
        """What waits to be sent goes behind what waits already; the head of the queue stays the head.

        Parts composed before a person took the word, of the one or the other, are sent no more. Of two fallbacks told
        in the same outage the other one's forgets which it was: only the survivor's row guards from a third.
        """
        await self._run(
            """
            UPDATE deliveries d SET state = 'cancelled', settled_at = now(), reason = 'a person took over'
            FROM conversations g, conversations k
            WHERE g.id = :gone AND k.id = :kept AND d.conversation_id = g.id AND d.state IN ('pending', 'held')
              AND (d.epoch <> g.epoch OR (k.mode = 'human' AND k.handoff_reason IS NULL)) AND d.kind <> :human
            """,
            gone=gone,
            kept=kept,
            human=DeliveryKind.HUMAN,
        )
        await self._run(
            """
            UPDATE deliveries d SET outage_id = NULL
            WHERE d.conversation_id = :gone AND d.outage_id IN (
                SELECT outage_id FROM deliveries WHERE conversation_id = :kept AND kind = 'fallback')
            """,
            gone=gone,
            kept=kept,
        )
        await self._run(  # both may have been asked to write after one and the same moment
            "UPDATE deliveries SET reopens = NULL WHERE conversation_id = :gone AND reopens IS NOT NULL", gone=gone
        )
        await self._run(
            f"""
            WITH keyed AS (
                SELECT id, conversation_id, position, state IN ('pending', 'held', 'sending', 'unknown') AS waits,
                    max(created_at) OVER (PARTITION BY conversation_id ORDER BY position) AS at
                FROM deliveries WHERE {_BOTH}
            ), ranked AS (
                SELECT id, waits, row_number() OVER (
                    ORDER BY waits, waits AND conversation_id = :gone, at, conversation_id, position) AS place
                FROM keyed
            )
            UPDATE deliveries d SET position = -place, conversation_id = :kept,
                epoch = CASE WHEN waits AND d.conversation_id = :gone THEN c.epoch ELSE d.epoch END
            FROM ranked, conversations c WHERE d.id = ranked.id AND c.id = :kept
            """,  # noqa: S608
            gone=gone,
            kept=kept,
        )
        await self._run(
            "UPDATE deliveries SET position = -position WHERE conversation_id = :kept AND position < 0", kept=kept
        )

    async def _move_team(self, gone: UUID, kept: UUID) -> None:
        """Notes, files; who held it, under the epochs of its events; what a person read of only one is unread again."""
        for table in ("notes", "attachments"):
            await self._run(
                f"UPDATE {table} SET conversation_id = :kept WHERE conversation_id = :gone",  # noqa: S608
                gone=gone,
                kept=kept,
            )
        await self._run(
            """
            WITH bounds AS (SELECT
                (SELECT max(epoch) FROM conversation_events WHERE conversation_id = :gone) AS highest,
                (SELECT least(min(epoch), 0) FROM conversation_events WHERE conversation_id = :kept) AS lowest)
            UPDATE holds h SET conversation_id = :kept, epoch = h.epoch - highest - 1 + lowest
            FROM bounds WHERE h.conversation_id = :gone AND highest IS NOT NULL
            """,
            gone=gone,
            kept=kept,
        )
        await self._run(
            """
            UPDATE reads k SET upto = least(k.upto, g.upto) FROM reads g
            WHERE k.conversation_id = :kept AND g.conversation_id = :gone AND g.user_id = k.user_id
            """,
            gone=gone,
            kept=kept,
        )

    async def _move_rest(self, gone: UUID, kept: UUID) -> None:
        """Feedback; who had the word, under epochs below all of the survivor's; who was told of spent credit."""
        await self._run(
            "UPDATE feedback SET conversation_id = :kept WHERE conversation_id = :gone", gone=gone, kept=kept
        )
        await self._run(
            """
            WITH bounds AS (SELECT
                (SELECT max(epoch) FROM conversation_events WHERE conversation_id = :gone) AS highest,
                (SELECT least(min(epoch), 0) FROM conversation_events WHERE conversation_id = :kept) AS lowest)
            UPDATE conversation_events e SET conversation_id = :kept, epoch = e.epoch - highest - 1 + lowest
            FROM bounds WHERE e.conversation_id = :gone
            """,
            gone=gone,
            kept=kept,
        )
        await self._run(
            """
            INSERT INTO credit_notices (conversation_id, exhaustion, created_at)
            SELECT :kept, exhaustion, created_at FROM credit_notices WHERE conversation_id = :gone
            ON CONFLICT DO NOTHING
            """,
            gone=gone,
            kept=kept,
        )

    async def _forget_cuts(self, gone: UUID, kept: UUID) -> None:
        """Messages have other places now: the next turn cuts and sums up anew. What was paid for stays on the books.

        Places below zero are no cuts; those of earlier merges stay where they are.
        """
        await self._run(
            f"""
            WITH lowest AS (SELECT least(min(until_position), 0) AS place FROM summaries WHERE conversation_id = :kept),
            ranked AS (SELECT id, row_number() OVER (ORDER BY created_at, id) AS place FROM summaries
                       WHERE {_BOTH} AND (conversation_id = :gone OR until_position > 0))
            UPDATE summaries SET conversation_id = :kept, until_position = lowest.place - ranked.place
            FROM ranked, lowest WHERE summaries.id = ranked.id
            """,  # noqa: S608
            gone=gone,
            kept=kept,
        )

    async def _close(self, gone: UUID, kept: UUID) -> None:
        """The survivor takes over every time that was running, and the address that was written from last."""
        await self._run(
            """
            UPDATE conversations k SET
                next_position = 1 + (SELECT count(*) FROM messages
                                     WHERE conversation_id = :kept AND position IS NOT NULL),
                next_turn = 1 + (SELECT count(*) FROM turns WHERE conversation_id = :kept),
                next_delivery = 1 + (SELECT count(*) FROM deliveries WHERE conversation_id = :kept),
                due_at = least(k.due_at, g.due_at),
                burst_opened_at = least(k.burst_opened_at, g.burst_opened_at),
                reply_wa_id = CASE WHEN k.last_inbound_at >= g.last_inbound_at OR g.last_inbound_at IS NULL
                    THEN k.reply_wa_id ELSE g.reply_wa_id END,
                reply_user_id = CASE WHEN k.last_inbound_at >= g.last_inbound_at OR g.last_inbound_at IS NULL
                    THEN k.reply_user_id ELSE g.reply_user_id END,
                last_inbound_at = greatest(k.last_inbound_at, g.last_inbound_at),
                shut_after = greatest(k.shut_after, g.shut_after),
                handoff_reason = CASE WHEN k.mode = 'human' THEN k.handoff_reason
                    ELSE coalesce(k.handoff_reason, g.handoff_reason) END,
                nobody_came_at = CASE WHEN k.mode = 'bot' THEN greatest(k.nobody_came_at, g.nobody_came_at) END,
                human_until = CASE WHEN k.mode = 'human' THEN greatest(k.human_until, g.human_until) END,
                flood_told_until = greatest(k.flood_told_until, g.flood_told_until),
                rhythm = coalesce(k.rhythm, g.rhythm),
                feedback_due_at = NULL
            FROM conversations g WHERE k.id = :kept AND g.id = :gone
            """,
            gone=gone,
            kept=kept,
        )
        await self._run(
            """
            UPDATE conversations SET merged_into = :kept, mode = 'bot', due_at = NULL, burst_opened_at = NULL,
                human_until = NULL, handoff_reason = NULL, nobody_came_at = NULL, feedback_due_at = NULL
            WHERE id = :gone OR merged_into = :gone
            """,
            gone=gone,
            kept=kept,
        )
