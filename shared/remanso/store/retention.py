"""What a client keeps for a while only: found by age, deleted some rows at a time.

Each begins by locking the rows it is about, and passes over those that others hold right now. What is still under way
(an open turn, a part not settled, a message that waits) is never too old.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from remanso.store.forgetting import forgotten_contact
from remanso.store.rows import Repository


class Retention(Repository):
    """Each gives how many rows, turns or people it was; less than `limit`: there are no more for now."""

    async def messages(self, channels: Sequence[str], age: timedelta, limit: int) -> int:
        """Deletes what was said earlier, with the parts and files that carried it, who had the word, what was thought
        of it, and summaries of it.

        Positions, turn numbers and books stay as they are.
        """
        old = await self._run(
            """
            SELECT id, conversation_id FROM messages
            WHERE channel = ANY(:channels) AND created_at < now() - CAST(:age AS interval)
              AND (author <> 'contact' OR fate IS NOT NULL)
              AND NOT EXISTS (SELECT FROM turns t WHERE t.id = turn_id AND t.state = 'open')
              AND NOT EXISTS (SELECT FROM deliveries d WHERE d.message_id = messages.id
                              AND d.state IN ('pending', 'held', 'sending', 'unknown'))
            ORDER BY channel, created_at LIMIT :limit FOR UPDATE SKIP LOCKED
            """,
            channels=list(channels),
            age=age,
            limit=limit,
        )
        rows = old.all()
        if not rows:
            return 0
        ids, conversations = [row[0] for row in rows], sorted({row[1] for row in rows})
        given: dict[str, Any] = {"ids": ids, "conversations": conversations, "age": age}
        deleted = 0
        for what, statement in _WITH_MESSAGES.items():
            done = await self._run(statement, **{name: each for name, each in given.items() if f":{name}" in statement})
            deleted += int(done.rowcount) if what == "messages" else 0
        return deleted

    async def traces(self, client: str, age: timedelta, limit: int) -> int:
        """Clears how turns were worked on: drafts, thoughts, tool calls, superseded summaries. What they cost stays."""
        done = await self._run(
            """
            UPDATE turns SET untraced_at = now(), handoff_reason = NULL WHERE id IN (
                SELECT id FROM turns
                WHERE client = :client AND closed_at < now() - CAST(:age AS interval) AND untraced_at IS NULL
                ORDER BY closed_at LIMIT :limit FOR UPDATE SKIP LOCKED)
            RETURNING id
            """,
            client=client,
            age=age,
            limit=limit,
        )
        turns = list(done.scalars())
        if turns:
            for statement in _TRACES:
                await self._run(statement, turns=turns)
        return len(turns)

    async def receipts(self, channels: Sequence[str], age: timedelta, limit: int) -> int:
        """Deletes what Meta said of parts that are settled; what became of them stands in their own rows."""
        done = await self._run(
            """
            DELETE FROM receipts WHERE id IN (
                SELECT r.id FROM receipts r LEFT JOIN deliveries d ON d.id = r.delivery_id
                WHERE r.channel = ANY(:channels) AND r.created_at < now() - CAST(:age AS interval)
                  AND (d.id IS NULL OR d.state NOT IN ('pending', 'held', 'sending', 'unknown'))
                ORDER BY r.channel, r.created_at LIMIT :limit FOR UPDATE OF r SKIP LOCKED)
            """,
            channels=list(channels),
            age=age,
            limit=limit,
        )
        return int(done.rowcount)

    async def audit(self, client: str | None, age: timedelta, limit: int) -> int:
        """With None: of nobody's client, such as log-ins."""
        done = await self._run(
            f"""
            DELETE FROM audit WHERE id IN (
                SELECT id FROM audit WHERE client {"= :client" if client else "IS NULL"}
                  AND at < now() - CAST(:age AS interval)
                ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED)
            """,  # noqa: S608
            age=age,
            limit=limit,
            **({"client": client} if client else {}),
        )
        return int(done.rowcount)

    async def reports(self, client: str, age: timedelta, limit: int) -> int:
        """What Meta reported; what holds now of numbers and templates stands elsewhere."""
        done = await self._run(
            """
            DELETE FROM channel_reports WHERE id IN (
                SELECT id FROM channel_reports
                WHERE client = :client AND received_at < now() - CAST(:age AS interval)
                ORDER BY received_at LIMIT :limit FOR UPDATE SKIP LOCKED)
            """,
            client=client,
            age=age,
            limit=limit,
        )
        return int(done.rowcount)

    async def parkings(self, client: str, age: timedelta, limit: int) -> int:
        """What Meta refused until somebody acted, and somebody did."""
        done = await self._run(
            """
            DELETE FROM parkings WHERE id IN (
                SELECT id FROM parkings WHERE client = :client AND ended_at < now() - CAST(:age AS interval)
                ORDER BY ended_at LIMIT :limit)
            """,
            client=client,
            age=age,
            limit=limit,
        )
        return int(done.rowcount)

    async def notices(self, client: str, age: timedelta, limit: int) -> int:
        """Who was told that their credit is spent, once more was granted: nobody is told twice of what still holds."""
        done = await self._run(
            """
            DELETE FROM credit_notices WHERE (conversation_id, exhaustion) IN (
                SELECT n.conversation_id, n.exhaustion FROM credit_notices n
                JOIN conversations c ON c.id = n.conversation_id AND c.client = :client
                WHERE n.created_at < now() - CAST(:age AS interval) AND NOT EXISTS (
                    SELECT FROM credit_accounts a WHERE coalesce(a.last_grant, a.id) = n.exhaustion)
                LIMIT :limit)
            """,
            client=client,
            age=age,
            limit=limit,
        )
        return int(done.rowcount)

    async def uploads(self, channels: Sequence[str], limit: int) -> int:
        """Ids of files that Meta does not keep any more."""
        done = await self._run(
            """
            DELETE FROM uploads WHERE (channel, sha256, mime_type) IN (
                SELECT channel, sha256, mime_type FROM uploads
                WHERE channel = ANY(:channels) AND expires_at <= now() LIMIT :limit)
            """,
            channels=list(channels),
            limit=limit,
        )
        return int(done.rowcount)

    async def silent(self, client: str, age: timedelta, limit: int) -> list[UUID]:
        """Contacts with whom nothing was said for so long, and nothing is under way; they are to be forgotten."""
        result = await self._run(
            """
            SELECT k.id FROM contacts k
            WHERE k.client = :client AND k.merged_into IS NULL AND k.id <> :forgotten
              AND k.created_at < now() - CAST(:age AS interval)
              AND NOT EXISTS (
                  SELECT FROM contacts m JOIN conversations c ON c.contact_id = m.id
                  WHERE (m.id = k.id OR m.merged_into = k.id) AND (
                      c.mode = 'human' OR c.due_at IS NOT NULL OR c.last_inbound_at >= now() - CAST(:age AS interval)
                      OR EXISTS (SELECT FROM inbox i WHERE i.conversation_id = c.id
                                 AND i.last_at >= now() - CAST(:age AS interval))
                      OR EXISTS (SELECT FROM turns t WHERE t.conversation_id = c.id AND t.state = 'open')
                      OR EXISTS (SELECT FROM deliveries d WHERE d.conversation_id = c.id
                                 AND d.state IN ('pending', 'held', 'sending', 'unknown'))))
            ORDER BY k.created_at LIMIT :limit
            """,
            client=client,
            forgotten=forgotten_contact(client),
            age=age,
            limit=limit,
        )
        return list(result.scalars())


_WITH_MESSAGES = {
    "feedback": """
    DELETE FROM feedback WHERE conversation_id = ANY(:conversations) AND asked_at < now() - CAST(:age AS interval)
      AND (reason_until IS NULL OR reason_until < now())
    """,
    "deliveries": """
    DELETE FROM deliveries d WHERE d.conversation_id = ANY(:conversations)
      AND d.created_at < now() - CAST(:age AS interval)
      AND d.state NOT IN ('pending', 'held', 'sending', 'unknown')
      AND NOT EXISTS (SELECT FROM feedback f WHERE f.question_id = d.id OR f.follow_up_id = d.id)
    """,
    "media": """
    UPDATE media SET content = NULL, transcript = NULL, media_id = NULL, sha256 = NULL WHERE message_id = ANY(:ids)
    """,
    "summaries": """
    UPDATE summaries SET text = NULL, problems = DEFAULT, state = 'given_up'
    WHERE conversation_id = ANY(:conversations) AND state <> 'wanted' AND text IS NOT NULL
      AND created_at < now() - CAST(:age AS interval)
    """,
    "notes": """
    DELETE FROM notes WHERE conversation_id = ANY(:conversations) AND created_at < now() - CAST(:age AS interval)
    """,
    "messages": """
    DELETE FROM messages m WHERE id = ANY(:ids) AND NOT EXISTS (SELECT FROM deliveries d WHERE d.message_id = m.id)
    """,
    "attachments": """
    DELETE FROM attachments a WHERE conversation_id = ANY(:conversations)
      AND created_at < now() - CAST(:age AS interval)
      AND NOT EXISTS (SELECT FROM messages m WHERE m.conversation_id = a.conversation_id
                      AND m.content->>'attachment' = a.id::text)
    """,
    "conversation_events": """
    DELETE FROM conversation_events e USING conversations c
    WHERE c.id = e.conversation_id AND c.id = ANY(:conversations) AND e.epoch < c.epoch
      AND e.created_at < now() - CAST(:age AS interval)
    """,
    "holds": """
    DELETE FROM holds h USING conversations c
    WHERE c.id = h.conversation_id AND c.id = ANY(:conversations) AND h.epoch < c.epoch
      AND h.created_at < now() - CAST(:age AS interval)
    """,
    "inbox": """
    DELETE FROM inbox i WHERE conversation_id = ANY(:conversations)
      AND NOT EXISTS (SELECT FROM messages m WHERE m.conversation_id = i.conversation_id)
    """,
}
"""In this order. A message stays for now where a part that carried it does."""

_TRACES = (
    """
    UPDATE steps SET draft = NULL, problems = DEFAULT, reasoning = NULL WHERE turn_id = ANY(:turns)
      AND (draft IS NOT NULL OR reasoning IS NOT NULL OR problems <> '[]'::jsonb)
    """,
    "DELETE FROM tool_calls WHERE turn_id = ANY(:turns)",
    """
    UPDATE summaries s SET text = NULL, problems = DEFAULT, state = 'given_up'
    WHERE s.turn_id = ANY(:turns) AND s.state <> 'wanted' AND s.text IS NOT NULL
      AND EXISTS (SELECT FROM summaries newer WHERE newer.conversation_id = s.conversation_id
                  AND newer.until_position > s.until_position AND newer.state = 'made')
    """,
)
