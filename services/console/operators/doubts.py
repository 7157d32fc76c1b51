"""What a person decides about a part that may or may not have gone out, under its conversation's lock."""

from enum import StrEnum
from uuid import UUID

from fastapi import HTTPException

from remanso.model.delivery import DeliveryState
from remanso.store import Transaction
from remanso.store.deliveries import Delivery
from services.console.console import Console
from services.console.people.viewer import Viewer
from services.console.takeover.taking import announce, locked


class Choice(StrEnum):
    ADOPT = "adopt"
    """It went out."""
    AGAIN = "again"
    """It did not: send it once more."""
    GIVE_UP = "give_up"
    """Whatever happened, it is not sent again."""


class Settled(Exception):
    """It is not in doubt any more, or another attempt is: a receipt, the sender or a colleague was quicker."""


async def decide(
    console: Console, viewer: Viewer, delivery_id: UUID, attempts: int, choice: Choice, reason: str
) -> None:
    """Raises Settled; 404 where there is no such delivery.

    The sender moves a part only under the same lock, so that of two who decide one is first and the other is told.
    """
    async with console.store.transaction() as tx:
        conversation_id = await viewer.views(tx).watch.conversation_of(delivery_id)
        if conversation_id is None:
            raise HTTPException(404)
        held = await locked(tx, viewer, conversation_id)
        parts = await tx.deliveries.of_conversation(held.id)
        doubtful = next((each for each in parts if each.id == delivery_id), None)
        if doubtful is None or doubtful.state != DeliveryState.UNKNOWN or doubtful.attempts != attempts:
            raise Settled
        await _apply(tx, viewer, doubtful, choice)
        action, subject = f"delivery.{choice}", f"delivery:{delivery_id}"
        await viewer.did(tx, action, client=held.client, subject=subject, reason=reason)
    await announce(console, held, "delivery")


async def _apply(tx: Transaction, viewer: Viewer, doubtful: Delivery, choice: Choice) -> None:
    match choice:
        case Choice.ADOPT:
            await viewer.views(tx).watch.adopt(doubtful, "a person says it went out")
        case Choice.AGAIN:
            await tx.attempts.send_again(doubtful.id)
        case Choice.GIVE_UP:
            await tx.attempts.settle(doubtful, DeliveryState.FAILED, reason="a person gave it up")
