"""Where the model's history of a conversation begins, and what was said before that, summed up."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from remanso.store.rows import Repository, many, one
from remanso.store.steps import Usage
from remanso.store.turns import Turn


@dataclass(frozen=True)
class Summary:
    """A cut in the model's history behind position `until_position`, and what was before it in words.

    Below zero are those from before their conversation was merged with another: they cut nothing any more.
    `state` is `wanted`, `made` (then it has a text) or `given_up`; `tries` counts model calls for it.
    """

    id: UUID
    until_position: int
    state: str
    tries: int
    text: str | None


@dataclass(frozen=True)
class Past:
    """What lies before the history: all up to position `cut`, of which `text` tells up to `told`."""

    cut: int = 0
    told: int = 0
    text: str | None = None


_COLUMNS = "id, until_position, state, tries, text"


class Summaries(Repository):
    async def past(self, conversation_id: UUID) -> Past:
        """The newest cut, and the newest text, which may be of an older one."""
        found = await self._newest(conversation_id, "true")
        made = await self._newest(conversation_id, "state = 'made'")
        return Past(
            found.until_position if found else 0, made.until_position if made else 0, made.text if made else None
        )

    async def cut(self, turn: Turn, until_position: int) -> None:
        """Ends the history at a position; once, whoever says it again. The caller holds the turn."""
        await self._run(
            """
            INSERT INTO summaries (id, conversation_id, turn_id, until_position)
            VALUES (:id, :conversation, :turn, :until) ON CONFLICT (conversation_id, until_position) DO NOTHING
            """,
            id=uuid7(),
            conversation=turn.conversation_id,
            turn=turn.id,
            until=until_position,
        )

    async def begin(self, turn: Turn, most: int) -> Summary | None:
        """The newest cut if its text is wanted and was tried less than `most` times; this try is counted already."""
        return one(
            Summary,
            await self._run(
                f"""
                UPDATE summaries SET tries = tries + 1
                WHERE state = 'wanted' AND tries < :most AND id = (
                    SELECT id FROM summaries WHERE conversation_id = :id AND until_position > 0
                    ORDER BY until_position DESC LIMIT 1)
                RETURNING {_COLUMNS}
                """,  # noqa: S608
                id=turn.conversation_id,
                most=most,
            ),
        )

    async def finish(
        self,
        summary: Summary,
        turn: Turn,
        usage: Usage,
        text: str,
        *,
        made: bool,
        problems: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        """Stores a model call that was paid for. Not `made`: the text is a draft for operators, and no other is tried.

        The caller holds the turn.
        """
        await self._run(
            """
            UPDATE summaries SET turn_id = :turn, state = :state, text = :text, problems = :problems, model = :model,
                request_id = :request_id, finish_reason = :finish_reason, input_tokens = :input_tokens,
                cached_tokens = :cached_tokens, cache_write_tokens = :cache_write_tokens,
                output_tokens = :output_tokens, reasoning_tokens = :reasoning_tokens, cost_usd = :cost_usd,
                price_valid_from = :price_valid_from, seconds = :seconds, made_at = now()
            WHERE id = :id AND state = 'wanted'
            """,
            json=["problems"],
            id=summary.id,
            turn=turn.id,
            state="made" if made else "given_up",
            text=text,
            problems=list(problems),
            **vars(usage),
        )

    async def give_up(self, summary: Summary) -> None:
        """No model will sum this up; nothing was paid."""
        await self._run("UPDATE summaries SET state = 'given_up' WHERE id = :id AND state = 'wanted'", id=summary.id)

    async def of_conversation(self, conversation_id: UUID) -> list[Summary]:
        return many(
            Summary,
            await self._run(
                f"SELECT {_COLUMNS} FROM summaries WHERE conversation_id = :id ORDER BY until_position",  # noqa: S608
                id=conversation_id,
            ),
        )

    async def _newest(self, conversation_id: UUID, which: str) -> Summary | None:
        return one(
            Summary,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM summaries WHERE conversation_id = :id AND until_position > 0 AND {which}
                ORDER BY until_position DESC LIMIT 1
                """,  # noqa: S608
                id=conversation_id,
            ),
        )
