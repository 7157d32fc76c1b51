"""A dialog from its end, a page at a time, for who wants it whole without reading it whole each time."""

from uuid import UUID

from remanso.model.dialog import Entry, Visibility, visible
from remanso.store import Transaction


async def behind(
    tx: Transaction, conversation_id: UUID, to: Visibility, entry_id: str | None, most: int
) -> list[Entry] | None:
    """At most so many entries before that one, the newest first; those at the end without one. Without traces.

    None when the conversation has no such entry that `to` may see.
    """
    dialogs, found = tx.dialogs, list[Entry]()
    span = await (
        dialogs.span_with(conversation_id, entry_id, most)
        if entry_id
        else dialogs.span_below(conversation_id, None, most)
    )
    while span is not None:
        entries = visible(await dialogs.of_span(conversation_id, span), to)[::-1]
        if entry_id is not None:
            places = [place for place, entry in enumerate(entries) if entry.id == entry_id]
            if not places:
                return None
            entries, entry_id = entries[places[0] + 1 :], None
        found += entries
        if span.lowest is None or len(found) >= most:
            return found[:most]
        span = await dialogs.span_below(conversation_id, span.lowest - 1, most)
    return None
