"""Both ends of a running stack: what the simulator plays outside, and what PostgreSQL holds inside."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aio_pika

from fleet.local.stack import LocalStack
from remanso.bus.topology import DEAD_QUEUE
from remanso.model.delivery import UNSETTLED
from remanso.store import Store, Transaction
from remanso.store.conversations import Conversation
from remanso.store.deliveries import Delivery
from remanso.store.messages import LogMessage
from remanso.store.steps import ToolCall
from remanso.store.turns import Turn
from tests.support.waiting import eventually

EMPRENDEMY, SHOP, STORM = "800000000000001", "800000000000021", "800000000000022"
MEMORY = "800000000000023"


@dataclass(frozen=True)
class Dialog:
    """All that PostgreSQL holds of one conversation."""

    conversation: Conversation
    messages: list[LogMessage]
    turns: list[Turn]
    deliveries: list[Delivery]
    calls: list[ToolCall]

    @property
    def at_rest(self) -> bool:
        """Nothing waits but for a person: every burst is sealed, every turn closed, every delivery settled."""
        return (
            (self.conversation.due_at is None or self.conversation.mode == "human")
            and all(turn.state != "open" for turn in self.turns)
            and all(delivery.state not in UNSETTLED for delivery in self.deliveries)
        )

    def texts_of(self, author: str) -> list[str]:
        return [message.content.get("text", "") for message in self.messages if message.author == author]


@dataclass(frozen=True)
class Play:
    stack: LocalStack
    store: Store
    ledger: Path

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """One call to the simulator's control API; its JSON answer."""
        answer = await self.stack.http.request(method, f"{self.stack.simulator_url}/control/{path}", json=body)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    async def send(self, contact: str, *texts: str, channel: str = EMPRENDEMY, **how: Any) -> list[str]:
        """The contact writes these texts, one webhook each; gives their wamids."""
        messages = [{"type": "text", "text": text} for text in texts]
        body = {"messages": messages, "phone_number_id": channel, **how}
        answer = await self.control("POST", f"contacts/{contact}/send", body)
        return list(answer["wamids"])

    async def received(self, contact: str) -> list[str]:
        """The texts that arrived on the contact's phone, in the order in which Meta took them."""
        return [
            entry["text"]
            for entry in await self.control("GET", f"conversations/{contact}")
            if entry["direction"] == "out"
        ]

    async def script(self, *replies: dict[str, Any]) -> None:
        await self.control("POST", "openai/script", {"replies": list(replies)})

    async def dialog(self, contact: str, client: str = "emprendemy") -> Dialog | None:
        """The contact's conversation, read in one transaction."""
        async with self.store.transaction() as tx:
            found = [c for c in await tx.conversations.of_client(client) if c.reply_wa_id == contact]
            return await _dialog(tx, found[0]) if found else None

    async def dialogs(self, client: str) -> dict[str, Dialog]:
        """Every conversation of a client, by the contact's wa_id."""
        async with self.store.transaction() as tx:
            return {c.reply_wa_id or "": await _dialog(tx, c) for c in await tx.conversations.of_client(client)}

    async def until_answered(
        self, contact: str, client: str = "emprendemy", *, turns: int = 1, within: float = 60
    ) -> Dialog:
        """Until this many turns of the conversation are closed and nothing waits any more."""
        found: list[Dialog] = []

        async def answered() -> bool:
            dialog = await self.dialog(contact, client)
            if dialog is None or len(dialog.turns) < turns or not dialog.at_rest:
                return False
            found.append(dialog)
            return True

        await eventually(answered, within=within)
        return found[-1]

    async def until_received(self, contact: str, count: int, *, within: float = 60) -> list[str]:
        """Until this many texts arrived on the phone; gives all of them."""

        async def enough() -> bool:
            return len(await self.received(contact)) >= count

        await eventually(enough, within=within)
        return await self.received(contact)

    async def dead_letters(self) -> int:
        """How many messages lie in the dead-letter queue."""
        connection = await aio_pika.connect(self.stack.amqp_url)
        async with connection, connection.channel() as channel:
            declared = await channel.declare_queue(DEAD_QUEUE, passive=True)
            return declared.declaration_result.message_count or 0

    def ledger_lines(self) -> list[str]:
        """What the shop's tools did outside, in order."""
        return self.ledger.read_text("utf-8").splitlines() if self.ledger.exists() else []


async def _dialog(tx: Transaction, conversation: Conversation) -> Dialog:
    turns = await tx.turns.of_conversation(conversation.id)
    return Dialog(
        conversation,
        await tx.messages.of_conversation(conversation.id),
        turns,
        await tx.deliveries.of_conversation(conversation.id),
        await tx.steps.calls_of([turn.id for turn in turns]),
    )


async def nothing_more(play: Play, contact: str, seconds: float) -> list[str]:
    """What the phone has after a further while in which nothing should come: the one place where time is the point."""
    await asyncio.sleep(seconds)
    return await play.received(contact)


def repeated(texts: Sequence[str]) -> dict[str, int]:
    """Texts that stand more than once."""
    return {text: count for text, count in Counter(texts).items() if count > 1}
