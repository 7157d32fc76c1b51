"""The dialog of a conversation: everything that was said and done in it, from the rows of all who wrote them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from remanso.model.delivery import DeliveryKind, DeliveryState
from remanso.model.dialog import Entry, EntryKind, Part, Visibility, arranged, seen_by_contact
from remanso.model.message import Author
from remanso.model.turn import TurnState
from remanso.store.dialog_span import IN_LOG, WHOLE, Span, Spans, in_time
from remanso.store.messages import amended

Rows = Sequence[Row[*tuple[Any, ...]]]


class Dialogs(Spans):
    async def of_conversation(self, conversation_id: UUID) -> list[Entry]:
        """Every entry in the one order, whoever may see it; `remanso.model.dialog.visible` chooses."""
        said = await self._said(conversation_id, WHOLE)
        calls, drafts = await self._calls(conversation_id), await self._drafts(conversation_id)
        summaries = _summaries(await self._summaries(conversation_id))
        return arranged([*said, *_calls(calls), *_drafts(drafts), *summaries])

    async def of_span(self, conversation_id: UUID, span: Span) -> list[Entry]:
        """What stands in `span`, in order, without the traces of the bot's work, which operators alone see."""
        return arranged(await self._said(conversation_id, span))

    async def _said(self, conversation_id: UUID, span: Span) -> list[Entry]:
        messages = await self._messages(conversation_id, span)
        deliveries = await self._deliveries(conversation_id, span, [row.id for row in messages])
        return [
            *_messages(messages, _parts(deliveries)),
            *_texts(deliveries),
            *_endings(await self._endings(conversation_id, span)),
            *_changes(await self._changes(conversation_id, span)),
            *_notes(await self._notes(conversation_id, span)),
        ]

    async def _deliveries(self, conversation_id: UUID, span: Span, messages: Sequence[UUID]) -> Rows:
        """The parts of these messages, and what was sent without one."""
        return await self._rows(
            f"""
            SELECT id, message_id, turn_id, kind, payload, state, code, reason, created_at FROM deliveries
            WHERE conversation_id = :id
              AND (message_id = ANY(CAST(:messages AS uuid[])) OR (message_id IS NULL AND {in_time("created_at")}))
            ORDER BY position
            """,  # noqa: S608
            conversation_id,
            span,
            messages=list(messages),
        )

    async def _messages(self, conversation_id: UUID, span: Span) -> Rows:
        return await self._rows(
            f"""
            SELECT id, author, messages.content || CASE WHEN media.message_id IS NULL THEN '{{}}'::jsonb ELSE
                    jsonb_build_object('file', jsonb_strip_nulls(jsonb_build_object(
                        'state', media.state, 'reason', media.reason, 'mime_type', media.mime_type, 'size', media.size,
                        'sha256', media.sha256, 'transcript', media.transcript, 'kept', media.content IS NOT NULL)))
                END AS content,
                position, messages.turn_id, fate, drop_reason, sent_at, messages.created_at,
                edited_text, revoked_at, who
            FROM messages LEFT JOIN media ON media.message_id = messages.id
            LEFT JOIN human_messages ON human_messages.message_id = messages.id
            WHERE conversation_id = :id AND {IN_LOG} ORDER BY sent_at, received_at, payload_index
            """,  # noqa: S608
            conversation_id,
            span,
        )

    async def _calls(self, conversation_id: UUID) -> Rows:
        """In the model's order, each with the place of the message whose step asked for it."""
        return await self._rows(
            """
            SELECT c.name, c.call_id, c.turn_id, c.arguments, c.result, c.state, c.effect, s.created_at, m.position
            FROM tool_calls c JOIN turns t ON t.id = c.turn_id JOIN steps s ON s.id = c.step_id
            LEFT JOIN messages m ON m.conversation_id = t.conversation_id AND m.step_id = c.step_id
            WHERE t.conversation_id = :id ORDER BY t.number, s.number, c.ordinal
            """,
            conversation_id,
        )

    async def _drafts(self, conversation_id: UUID) -> Rows:
        return await self._rows(
            """
            SELECT s.id, s.draft, s.turn_id, s.model, s.finish_reason, s.problems, s.created_at
            FROM steps s JOIN turns t ON t.id = s.turn_id
            WHERE t.conversation_id = :id AND s.outcome = 'discarded' AND s.draft <> '' ORDER BY t.number, s.number
            """,
            conversation_id,
        )

    async def _summaries(self, conversation_id: UUID) -> Rows:
        """What a model said when asked to sum up, taken or not."""
        return await self._rows(
            """
            SELECT text, state, until_position, turn_id, model, finish_reason, made_at FROM summaries
            WHERE conversation_id = :id AND made_at IS NOT NULL ORDER BY until_position
            """,
            conversation_id,
        )

    async def _endings(self, conversation_id: UUID, span: Span) -> Rows:
        """Turns that ended in a person's hands."""
        return await self._rows(
            f"""
            SELECT id, state, reason, handoff_reason, closed_at FROM turns
            WHERE conversation_id = :id AND (state = 'failed' OR (state = 'answered' AND handoff_reason IS NOT NULL))
              AND {in_time("closed_at")}
            ORDER BY number
            """,  # noqa: S608
            conversation_id,
            span,
        )

    async def _changes(self, conversation_id: UUID, span: Span) -> Rows:
        return await self._rows(
            f"""
            SELECT e.id, e.kind, e.created_at, e.cause, coalesce(e.who, h.who) AS who FROM conversation_events e
            LEFT JOIN holds h ON h.conversation_id = e.conversation_id AND h.epoch = e.epoch
            WHERE e.conversation_id = :id AND {in_time("e.created_at")} ORDER BY e.epoch
            """,  # noqa: S608
            conversation_id,
            span,
        )

    async def _notes(self, conversation_id: UUID, span: Span) -> Rows:
        return await self._rows(
            f"""
            SELECT id, who, text, created_at FROM notes
            WHERE conversation_id = :id AND {in_time("created_at")} ORDER BY created_at, id
            """,  # noqa: S608
            conversation_id,
            span,
        )

    async def _rows(self, sql: str, conversation_id: UUID, span: Span | None = None, **more: Any) -> Rows:
        borders = {name: value for name, value in span.values.items() if f":{name}" in sql} if span else {}
        return (await self._run(sql, id=conversation_id, **borders, **more)).all()


def _parts(deliveries: Rows) -> Mapping[UUID, tuple[Part, ...]]:
    """The parts of each message, in order."""
    parts: dict[UUID, list[Part]] = defaultdict(list)
    for row in deliveries:
        if row.message_id is not None:
            parts[row.message_id].append(_part(row))
    return {message_id: tuple(found) for message_id, found in parts.items()}


def _part(row: Row[*tuple[Any, ...]]) -> Part:
    return Part(row.id, DeliveryState(row.state), row.code, row.reason)


def _messages(rows: Rows, parts: Mapping[UUID, tuple[Part, ...]]) -> Iterator[Entry]:
    for row in rows:
        author, own = Author(row.author), parts.get(row.id, ())
        yield Entry(
            EntryKind.MESSAGE,
            Visibility.CONTACT if author == Author.CONTACT else seen_by_contact(own),
            row.created_at,
            _as_it_is_now(row),
            author=author,
            sent_at=row.sent_at if author == Author.CONTACT else None,
            position=row.position,
            turn_id=row.turn_id,
            fate=row.fate,
            reason=row.drop_reason,
            parts=own,
            who=row.who,
            id=f"message-{row.id}",
        )


def _as_it_is_now(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """The newest wording; what was said first is kept beside it, under `earlier`, also when it was deleted."""
    content = amended(row.content, row.edited_text)
    if row.edited_text is not None or row.revoked_at is not None:
        content["earlier"] = row.content
    return content | ({"revoked": True} if row.revoked_at is not None else {})


def _texts(deliveries: Rows) -> Iterator[Entry]:
    for row in deliveries:
        if row.message_id is None:
            parts = (_part(row),)
            yield Entry(
                EntryKind.TEXT,
                seen_by_contact(parts),
                row.created_at,
                row.payload,
                author=Author.HUMAN if row.kind == DeliveryKind.HUMAN else Author.BOT,
                turn_id=row.turn_id,
                origin=row.kind,
                parts=parts,
                id=f"delivery-{row.id}",
            )


def _calls(rows: Rows) -> Iterator[Entry]:
    for row in rows:
        told = {"call_id": row.call_id, "arguments": row.arguments, "result": row.result, "state": row.state}
        yield Entry(
            EntryKind.TOOL_CALL,
            Visibility.OPERATOR,
            row.created_at,
            told | {"effect": row.effect},
            position=row.position,
            turn_id=row.turn_id,
            origin=row.name,
            id=f"call-{row.turn_id}-{row.call_id}",
        )


def _drafts(rows: Rows) -> Iterator[Entry]:
    for row in rows:
        yield Entry(
            EntryKind.DRAFT,
            Visibility.OPERATOR,
            row.created_at,
            {"text": row.draft} | ({"problems": row.problems} if row.problems else {}),
            author=Author.BOT,
            turn_id=row.turn_id,
            reason=row.finish_reason,
            origin=row.model,
            id=f"step-{row.id}",
        )


def _summaries(rows: Rows) -> Iterator[Entry]:
    """Each behind the last message it tells of."""
    for row in rows:
        yield Entry(
            EntryKind.SUMMARY,
            Visibility.OPERATOR,
            row.made_at,
            {"text": row.text, "state": row.state},
            position=row.until_position if row.until_position > 0 else None,
            turn_id=row.turn_id,
            reason=row.finish_reason,
            origin=row.model,
            id=f"summary-{row.turn_id}-{row.until_position}",
        )


def _endings(rows: Rows) -> Iterator[Entry]:
    """Why a turn failed is a matter of operators; that a person is needed, one of the team."""
    for row in rows:
        if row.state == TurnState.FAILED:
            yield _ending(EntryKind.FAILED, Visibility.OPERATOR, row, row.reason)
        yield _ending(EntryKind.HANDED_OFF, Visibility.TEAM, row, row.handoff_reason)


def _ending(kind: EntryKind, visibility: Visibility, row: Row[*tuple[Any, ...]], reason: str | None) -> Entry:
    return Entry(kind, visibility, row.closed_at, {}, turn_id=row.id, reason=reason, id=f"{kind}-{row.id}")


def _changes(rows: Rows) -> Iterator[Entry]:
    for row in rows:
        yield Entry(
            EntryKind(row.kind),
            Visibility.TEAM,
            row.created_at,
            {},
            who=row.who,
            reason=row.cause,
            id=f"change-{row.id}",
        )


def _notes(rows: Rows) -> Iterator[Entry]:
    for row in rows:
        content = {"text": row.text}
        yield Entry(EntryKind.NOTE, Visibility.TEAM, row.created_at, content, who=row.who, id=f"note-{row.id}")
