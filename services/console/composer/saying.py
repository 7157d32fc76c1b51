"""A person's message: into the log and the queue in one transaction, under the take-over's own epoch."""

from enum import StrEnum
from uuid import UUID

from pydantic import ValidationError

from remanso.errors import BadInput
from remanso.model.delivery import DeliveryKind
from remanso.model.outgoing import Buttons, Media, Outgoing, Template, Text, read_outgoing
from services.console.console import Console
from services.console.people.viewer import Viewer
from services.console.takeover.taking import announce, locked


class Refusal(StrEnum):
    """Why a message is not sent; each has its words in the template."""

    NOT_YOURS = "not_yours"
    WINDOW = "window"
    EMPTY = "empty"
    FORM = "form"
    TEMPLATE = "template"


class NotSaid(Exception):
    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


def composed(text: str, buttons: list[str], link: str, kind: str) -> Outgoing:
    """What the form holds, as something to send. Raises NotSaid."""
    titles, text, link = [title.strip() for title in buttons if title.strip()], text.strip(), link.strip()
    if not text and not link:
        raise NotSaid(Refusal.EMPTY)
    try:
        if link:
            payload = Media(type=kind, link=link, caption=text or None).payload()
        elif titles:
            taps = [{"id": f"human-{place}", "title": title} for place, title in enumerate(titles, 1)]
            payload = Buttons.model_validate({"text": text, "buttons": taps}).payload()
        else:
            payload = Text(text=text).payload()
        return read_outgoing(payload)
    except (ValidationError, BadInput):
        raise NotSaid(Refusal.FORM) from None


async def say(console: Console, viewer: Viewer, conversation_id: UUID, said: Outgoing, key: str) -> UUID | None:
    """Queued for the sender; the same request twice is said once. Only by whoever holds the conversation.

    Anything but a template only while the window is open. Gives the message, or None where it was said before.

    Raises NotSaid.
    """
    async with console.store.transaction() as tx:
        held = await locked(tx, viewer, conversation_id)
        holding = viewer.views(tx).holding
        if await holding.was_said(viewer.user.id, key):
            return None
        if not held.is_held_by(viewer.user.id):
            raise NotSaid(Refusal.NOT_YOURS)
        if not isinstance(said, Template) and not held.window_is_open(console.settings.window):
            raise NotSaid(Refusal.WINDOW)
        place = await tx.conversations.take_positions(conversation_id, 1)
        message_id = await tx.messages.add_human(conversation_id, held.channel, place, said)
        await holding.note_author(message_id, viewer.user.id, viewer.user.name, key)
        first = await tx.conversations.take_delivery_positions(conversation_id, 1)
        await tx.deliveries.add(
            conversation_id,
            first,
            [said.payload()],
            kind=DeliveryKind.HUMAN,
            epoch=held.epoch,
            message_id=message_id,
        )
        await holding.extend(conversation_id, console.settings.hold)
        await viewer.did(tx, "message.sent", client=held.client, subject=f"message:{message_id}")
    await announce(console, held, "message")
    return message_id


async def note(console: Console, viewer: Viewer, conversation_id: UUID, text: str, key: str) -> UUID:
    """For colleagues only; anybody of the team may, whoever holds it. Raises NotSaid for an empty one."""
    if not text.strip():
        raise NotSaid(Refusal.EMPTY)
    async with console.store.transaction() as tx:
        held = await locked(tx, viewer, conversation_id)
        note_id = await viewer.views(tx).holding.add_note(
            conversation_id, viewer.user.id, viewer.user.name, text.strip()[:4000], key
        )
        await viewer.did(tx, "note.written", client=held.client, subject=f"conversation:{conversation_id}")
    await announce(console, held, "note")
    return note_id
