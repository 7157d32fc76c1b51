"""Files that programs add to a conversation before a message names them; people send a file with its message."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from remanso.model.outgoing_files import MediaKind
from services.console.composer.refusals import NotSaid, Refusal
from services.console.composer.uploads import Upload, kind_of
from services.console.console import Console
from services.console.people.viewer import Viewer
from services.console.takeover.taking import locked

UNSAID = timedelta(days=1)
"""So long a file waits for a message that names it."""


@dataclass(frozen=True)
class Attached:
    """A file of a conversation, as a message needs it."""

    id: UUID
    filename: str
    kind: MediaKind


async def attach(console: Console, viewer: Viewer, conversation_id: UUID, upload: Upload) -> datetime:
    """Keeps a file for a message to come; gives until when it waits. Only by whoever holds the conversation.

    Raises NotSaid.
    """
    async with console.store.transaction() as tx:
        held = await locked(tx, viewer, conversation_id)
        if not held.is_held_by(viewer.user.id):
            raise NotSaid(Refusal.NOT_YOURS)
        until = await tx.attachments.add(held.id, upload, UNSAID)
        await viewer.did(tx, "file.attached", client=held.client, subject=f"conversation:{held.id}")
    return until


async def attached(
    console: Console, viewer: Viewer, conversation_id: UUID, attachment_id: UUID, kind: MediaKind
) -> Attached:
    """Raises NotSaid where the conversation keeps no such file, or WhatsApp takes it as another kind."""
    async with console.store.transaction() as tx:
        held = await locked(tx, viewer, conversation_id)
        label = await tx.attachments.label(held.id, attachment_id)
    if label is None:
        raise NotSaid(Refusal.FILE_GONE)
    if kind_of(label.mime_type) != kind:
        raise NotSaid(Refusal.FILE_KIND)
    return Attached(attachment_id, label.filename, kind)
