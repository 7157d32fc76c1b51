"""A person's message: into the log and the queue in one transaction, under the take-over's own epoch."""

from datetime import timedelta
from uuid import UUID

from pydantic import ValidationError

from remanso.errors import BadInput
from remanso.model.delivery import DeliveryKind
from remanso.model.outgoing import Buttons, Media, Outgoing, Template, Text, read_outgoing
from remanso.plugin.behaviour import Media as MediaSettings
from remanso.store import Transaction
from remanso.store.holding import Held
from services.console.composer.attaching import Attached
from services.console.composer.refusals import NotSaid, Refusal
from services.console.composer.uploads import Upload
from services.console.console import Console
from services.console.people.viewer import Viewer
from services.console.takeover.taking import announce, locked


def composed(text: str, buttons: list[str], file: Upload | Attached | None = None) -> Outgoing:
    """What the form holds, as something to send. Raises NotSaid."""
    titles, text = [title.strip() for title in buttons if title.strip()], text.strip()
    if not text and file is None:
        raise NotSaid(Refusal.EMPTY)
    if file and (titles or (text and file.kind == "audio")):
        raise NotSaid(Refusal.FILE_BUTTONS)
    try:
        return read_outgoing(_message(text, titles, file).payload())
    except (ValidationError, BadInput):
        raise NotSaid(Refusal.FORM) from None


def linked(kind: str, link: str, caption: str | None) -> Outgoing:
    """A file that Meta fetches from a public address. Raises NotSaid."""
    try:
        return read_outgoing({"type": kind, "link": link, "caption": caption or None})
    except (ValidationError, BadInput):
        raise NotSaid(Refusal.FORM) from None


def _message(text: str, titles: list[str], file: Upload | Attached | None) -> Outgoing:
    if file:
        name = file.filename if file.kind == "document" else None
        return Media(type=file.kind, attachment=file.id, caption=text or None, filename=name)
    if titles:
        taps = [{"id": f"human-{place}", "title": title} for place, title in enumerate(titles, 1)]
        return Buttons.model_validate({"text": text, "buttons": taps})
    return Text(text=text)


async def say(
    console: Console, viewer: Viewer, conversation_id: UUID, said: Outgoing, key: str, upload: Upload | None = None
) -> UUID | None:
    """Queued for the sender; the same request twice is said once. Only by whoever holds the conversation.

    Anything but a template only while the window is open. `upload` is kept in the transaction that queues it.
    Gives the message, or None where it was said before.

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
        await _keep(console, tx, held, said, upload)
        await tx.bursts.number_for_person(held.id, held.now)  # what they answer stands before their answer
        place = await tx.conversations.take_positions(held.id, 1)
        message_id = await tx.messages.add_human(held.id, held.channel, place, said)
        await holding.note_author(message_id, viewer.user.id, viewer.user.name, key)
        first = await tx.conversations.take_delivery_positions(held.id, 1)
        await tx.deliveries.add(
            held.id,
            first,
            [said.payload()],
            kind=DeliveryKind.HUMAN,
            epoch=held.epoch,
            message_id=message_id,
        )
        await holding.extend(held.id, console.settings.hold)
        await viewer.did(tx, "message.sent", client=held.client, subject=f"message:{message_id}")
    await announce(console, held, "message")
    return message_id


async def _keep(console: Console, tx: Transaction, held: Held, said: Outgoing, upload: Upload | None) -> None:
    """The file that is said, as long as the client keeps what contacts send. Raises NotSaid where it is gone."""
    known = console.registry.clients.get(held.client)
    keep = timedelta(days=known.config.media.keep_days if known else MediaSettings().keep_days)
    if upload:
        await tx.attachments.add(held.id, upload, keep)
    elif isinstance(said, Media) and said.attachment and not await tx.attachments.keep(held.id, said.attachment, keep):
        raise NotSaid(Refusal.FILE_GONE)


async def note(console: Console, viewer: Viewer, conversation_id: UUID, text: str, key: str) -> UUID:
    """For colleagues only; anybody of the team may, whoever holds it. Raises NotSaid for an empty one."""
    if not text.strip():
        raise NotSaid(Refusal.EMPTY)
    async with console.store.transaction() as tx:
        held = await locked(tx, viewer, conversation_id)
        note_id = await viewer.views(tx).holding.add_note(
            held.id, viewer.user.id, viewer.user.name, text.strip()[:4000], key
        )
        await viewer.did(tx, "note.written", client=held.client, subject=f"conversation:{held.id}")
    await announce(console, held, "note")
    return note_id
