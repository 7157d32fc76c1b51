"""One made-up contact of a scripted conversation, and both sides' records of it: the simulator's and PostgreSQL's."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fleet.local.control import Control, Json
from remanso.model.delivery import UNSETTLED
from remanso.model.turn import TurnState
from remanso.store.contacts import Contact as ContactRow
from remanso.store.deliveries import Delivery
from remanso.store.messages import LogMessage
from remanso.store.steps import ToolCall
from remanso.store.store import Store
from remanso.store.turns import Turn

WITHIN = 90.0
"""Seconds within which what is waited for has to come."""

T = TypeVar("T")


class WentWrong(Exception):
    """Something in the story came out differently. The text says what."""


@dataclass(frozen=True)
class Records:
    """What PostgreSQL holds of one conversation, read table by table: later ones may be newer."""

    person: ContactRow | None = None
    burst_waits: bool = False
    """Whether messages wait for their burst to end."""
    messages: Sequence[LogMessage] = ()
    turns: Sequence[Turn] = ()
    deliveries: Sequence[Delivery] = ()
    calls: Sequence[ToolCall] = ()

    def holds(self, wamids: Sequence[str]) -> bool:
        return {message.wamid for message in self.messages} >= set(wamids)

    def at_rest(self) -> bool:
        """Whether nothing more will happen by itself: no burst waits, all turns are answered, all answers sent."""
        return (
            not self.burst_waits
            and all(turn.state != TurnState.OPEN for turn in self.turns)
            and all(delivery.state not in UNSETTLED for delivery in self.deliveries)
        )

    def by_wamid(self, wamid: str) -> LogMessage:
        return next(message for message in self.messages if message.wamid == wamid)

    def said_by_bot(self, turns: Sequence[Turn]) -> list[LogMessage]:
        ids = {turn.id for turn in turns}
        return [message for message in self.messages if message.author == "bot" and message.turn_id in ids]


@dataclass
class Contact:
    """Somebody who writes to the client's number."""

    control: Control
    store: Store
    client: str
    name: str
    wa_id: str = field(default_factory=lambda: f"54911{random.randrange(10**8):08}")

    async def write(self, *messages: Mapping[str, Any] | str, **how: Any) -> list[str]:
        """Send messages, one webhook each; a string is a text. Gives their wamids."""
        said = [{"type": "text", "text": message} if isinstance(message, str) else message for message in messages]
        return await self.control.write(self.wa_id, said, profile_name=self.name, **how)

    async def received(self) -> list[str]:
        """The texts that reached the phone, in order."""
        return [said["text"] for said in await self.conversation() if said["direction"] == "out"]

    async def conversation(self) -> list[Json]:
        return await self.control.conversation(self.wa_id)

    async def records(self) -> Records:
        async with self.store.transaction() as tx:
            mine = [c for c in await tx.conversations.of_client(self.client) if c.reply_wa_id == self.wa_id]
            if not mine:
                return Records()
            [conversation] = mine
            turns = await tx.turns.of_conversation(conversation.id)
            return Records(
                person=await tx.contacts.get(conversation.contact_id),
                burst_waits=conversation.due_at is not None and conversation.mode == "bot",
                messages=await tx.messages.of_conversation(conversation.id),
                turns=turns,
                deliveries=await tx.deliveries.of_conversation(conversation.id),
                calls=await tx.steps.calls_of([turn.id for turn in turns]),
            )

    async def until_at_rest(self, wamids: Sequence[str]) -> Records:
        """Until these messages are stored and all is answered. Only then does "exactly one" mean anything."""

        async def at_rest() -> Records | None:
            if not (await self.records()).holds(wamids):
                return None
            records = await self.records()  # again: what was read before the messages came says nothing about them
            return records if records.at_rest() else None

        return await _until(at_rest, "the conversation did not come to rest")

    async def until_received(self, count: int) -> list[str]:
        """Until at least `count` texts reached the phone."""

        async def enough() -> list[str] | None:
            texts = await self.received()
            return texts if len(texts) >= count else None

        return await _until(enough, f"the phone did not receive {count} texts")

    async def model_read(self, *parts: str) -> bool:
        """Whether some request to the model held all these texts, in this order."""
        return any(_in_order(json.dumps(request["body"], ensure_ascii=False), parts)
                   for request in await self.control.model_requests())  # fmt: skip


async def _until(ask: Callable[[], Awaitable[T | None]], otherwise: str) -> T:
    try:
        async with asyncio.timeout(WITHIN):
            while (found := await ask()) is None:  # noqa: ASYNC110  (both ends are other processes)
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise WentWrong(f"{otherwise} within {WITHIN:.0f} s") from None
    return found


def _in_order(text: str, parts: Sequence[str]) -> bool:
    at = 0
    for part in parts:
        at = text.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return True
