"""A message to see whether a number sends: into the log and the queue as a person's, the bot keeps the word."""

from uuid import UUID

from fastapi import HTTPException

from remanso.model.delivery import DeliveryKind
from remanso.model.outgoing import Outgoing, Template
from services.console.composer.refusals import NotSaid, Refusal
from services.console.console import Console
from services.console.people.viewer import Viewer
from services.console.takeover.taking import announce, locked


async def send_trial(
    console: Console, viewer: Viewer, client: str, conversation_id: UUID, said: Outgoing, key: str
) -> UUID | None:
    """Queued once, however often the browser sends `key`. The same rules as for the sender: text in the window alone.

    Gives the message, or None where it was said before. Raises NotSaid; 404 for a conversation of another client.
    """
    async with console.store.transaction() as tx:
        held = await locked(tx, viewer, conversation_id)
        if held.client != client:
            raise HTTPException(404)
        holding = viewer.views(tx).holding
        if await holding.was_said(viewer.user.id, key):
            return None
        if held.is_held_by_another(viewer.user.id):
            raise NotSaid(Refusal.NOT_YOURS)
        if not isinstance(said, Template) and not held.window_is_open(console.settings.window):
            raise NotSaid(Refusal.WINDOW)
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
        await viewer.did(tx, "channel.tested", client=client, subject=f"message:{message_id}")
    await announce(console, held, "message")
    return message_id
