"""What a call has sent to the contact: queued with the call's result in one transaction, so never twice and never lost.

Buttons and the like become messages of the log, so that the model knows later what it offered. A `Verbatim` text does
not: the model is to read only its note.
"""

from collections.abc import Sequence

from remanso.model.outgoing import Outgoing
from services.agent.commit import Held, queue, queue_text


async def send_out(held: Held, call_id: str, sent: Sequence[Outgoing], verbatim: str | None) -> None:
    """Queues what a call sent, in its order, and last the text that goes out as it is."""
    for message in sent:
        position = await held.tx.conversations.take_positions(held.conversation.id, 1)
        message_id = await held.tx.messages.add_sent(
            held.conversation.id,
            held.conversation.channel,
            position,
            turn_id=held.turn.id,
            call_id=call_id,
            sent=message,
        )
        await queue(held, [message], message_id)
    if verbatim:
        await queue_text(held, verbatim)
