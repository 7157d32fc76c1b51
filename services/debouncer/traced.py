"""A turn's trace: that of the message which opened its burst. The traces of the others are linked to it."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from remanso import tracing
from remanso.store import Transaction
from remanso.store.conversations import Conversation


async def trace_turns(
    tx: Transaction, due: Sequence[Conversation], turns: Mapping[UUID, UUID]
) -> Mapping[UUID, str | None]:
    """Tells the waiting that is over now, and notes it as what these turns are part of: {turn: traceparent}."""
    if not tracing.enabled() or not turns:
        return {}
    heard = await tx.turns.heard_traces(turns.values())
    traces = {
        turns[conversation.id]: _waited(conversation, turns[conversation.id], heard.get(turns[conversation.id], []))
        for conversation in due
        if conversation.id in turns
    }
    await tx.turns.go_on_with(traces)
    return traces


def _waited(conversation: Conversation, turn_id: UUID, heard: Sequence[str | None]) -> str | None:
    began = (conversation.burst_opened_at or conversation.now).timestamp()
    about: tracing.Attributes = {
        "remanso.client": conversation.client,
        "remanso.conversation_id": str(conversation.id),
        "remanso.turn_id": str(turn_id),
        "remanso.messages": len(heard),
    }
    first, *others = heard or [None]
    links = [other for other in others if not tracing.same_trace(other, first)]
    return tracing.record("collect burst", about, parent=first, links=links, began=began)
