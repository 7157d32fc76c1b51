"""An agent's bench: real rows, a real broker, a made-up client whose tools count their runs, a stand-in model.

A `Bench` lays out bursts as the debouncer seals them and looks at what agents made of them. Agents are `Desk`s: several
may work in one test, as several processes would.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from remanso.bus import Publisher
from remanso.model.content import Content, Text
from remanso.model.message import InboundMessage, Sender
from remanso.plugin import Tool, ToolContext, Verbatim, tool
from remanso.plugin.config import ClientConfig
from remanso.plugin.registry import Client, Registry
from remanso.store import Store, Transaction
from remanso.store.arrivals import Arrival
from remanso.store.deliveries import Delivery
from remanso.store.steps import ToolCall, Usage
from remanso.store.turns import Turn
from services.agent.asking import BotText, Call, CallResult, Instruction, Model, ModelReply, ModelRequest, PromptItem
from services.agent.desk import Desk
from tests.support import school

TTL = timedelta(seconds=30)


@dataclass
class Runs:
    """What the tools of a made-up client did, in order, and a gate at which `pay` and `look` can be held."""

    made: list[tuple[str, str]] = field(default_factory=list)
    """(tool, idempotency key) of each run."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def of(self, name: str) -> list[str]:
        return [key for tool_name, key in self.made if tool_name == name]

    async def note(self, name: str, ctx: ToolContext) -> None:
        self.made.append((name, ctx.idempotency_key))
        self.begun.set()
        await self.gate.wait()


def tools(runs: Runs) -> tuple[Tool, ...]:
    @tool(effect="read", timeout=5)
    async def look(ctx: ToolContext, query: str) -> dict[str, Any]:
        """Looks something up.

        Args:
            query: what.
        """
        await runs.note("look", ctx)
        return {"ok": True, "found": query}

    @tool(effect="write", timeout=5)
    async def pay(ctx: ToolContext, amount: int) -> dict[str, Any]:
        """Takes money. Twice, if it is run twice.

        Args:
            amount: how much.
        """
        await runs.note("pay", ctx)
        return {"ok": True, "paid": amount}

    @tool(effect="write", idempotent=True, timeout=5)
    async def note(ctx: ToolContext, name: str) -> dict[str, Any]:
        """Writes a name down.

        Args:
            name: the name.
        """
        await runs.note("note", ctx)
        await ctx.save_contact(name, seen=True)
        return {"ok": True}

    @tool(effect="read")
    async def describe(ctx: ToolContext) -> Verbatim:
        """Sends a description."""
        await runs.note("describe", ctx)
        return Verbatim("Ocho semanas, en vivo.", note="the description was sent")

    @tool(effect="read")
    async def recite(ctx: ToolContext) -> Verbatim:
        """Recites at length, with a character that no database keeps."""
        return Verbatim("Verso.\x00\n\n" * 1_000, note="recited")

    @tool(effect="read")
    async def ask_person(ctx: ToolContext, reason: str) -> str:
        """Asks for a person.

        Args:
            reason: why.
        """
        await ctx.handoff(reason)
        return "a person will come"

    @tool(effect="read", timeout=0.05)
    async def hang(ctx: ToolContext) -> str:
        """Never ends."""
        await asyncio.Event().wait()
        return ""

    @tool(effect="write", timeout=0.05)
    async def hang_writing(ctx: ToolContext) -> str:
        """Never ends, and may have written."""
        await asyncio.Event().wait()
        return ""

    @tool(effect="read")
    async def explode(ctx: ToolContext) -> str:
        """Fails."""
        raise RuntimeError("secret detail")

    @tool(effect="read")
    async def flood(ctx: ToolContext) -> str:
        """Gives far too much."""
        return "x" * 50_000

    return (look, pay, note, describe, recite, ask_person, hang, hang_writing, explode, flood)


@dataclass
class Bench:
    store: Store
    publisher: Publisher
    client: Client
    runs: Runs

    def desk(self, model: Model, *, store: Store | None = None, ttl: timedelta = TTL) -> Desk:
        """One agent."""
        registry = Registry({self.client.name: self.client}, {})
        return Desk(store or self.store, self.publisher, registry, model, f"agent-{uuid4().hex[:6]}", ttl)

    async def turn(self, *contents: Content | str, sender: Sender | None = None) -> Turn:
        """A sealed burst of somebody new (or of `sender`), that nobody works on yet."""
        async with self.store.transaction() as tx:
            conversation = await self._store(tx, sender or school.person(), contents)
            sealed = await tx.bursts.seal([conversation])
            turn = await tx.turns.get(sealed[conversation.id])
        assert turn is not None
        return turn

    async def arrives(self, sender: Sender, *contents: Content | str) -> None:
        """Messages that wait behind the open turn."""
        async with self.store.transaction() as tx:
            await self._store(tx, sender, contents)

    async def _store(self, tx: Transaction, sender: Sender, contents: Sequence[Content | str]) -> Any:
        channel = self.client.config.channels[0].phone_number_id
        (contact,) = await tx.contacts.resolve(self.client.name, [sender])
        opened = await tx.conversations.open(self.client.name, [(channel, contact)])
        conversation = opened[channel, contact]
        now = datetime.now(UTC)
        messages = [_message(channel, sender, content, now, index) for index, content in enumerate(contents)]
        arrivals = [
            Arrival(conversation.id, message, now, uuid4().hex, self.client.config.emoji.wants_answer(message.content))
            for message in messages
        ]
        await tx.arrivals.add(arrivals)
        return conversation

    async def now(self, turn: Turn) -> Turn:
        async with self.store.transaction() as tx:
            found = await tx.turns.get(turn.id)
        assert found is not None
        return found

    async def sent(self, turn: Turn) -> list[Delivery]:
        """What is queued for the contact, in order."""
        async with self.store.transaction() as tx:
            return await tx.deliveries.of_conversation(turn.conversation_id)

    async def texts(self, turn: Turn) -> list[str]:
        return [delivery.payload["text"] for delivery in await self.sent(turn)]

    async def calls(self, turn: Turn) -> list[ToolCall]:
        async with self.store.transaction() as tx:
            return await tx.steps.calls_of([turn.id])

    async def log(self, turn: Turn) -> list[tuple[str, str]]:
        """(author, text) of everything said, in the one order."""
        async with self.store.transaction() as tx:
            said = await tx.messages.of_conversation(turn.conversation_id)
        return [(message.author, message.content.get("text", message.content["kind"])) for message in said]

    async def outcomes(self, turn: Turn) -> list[str]:
        """Kept or discarded, step by step."""
        async with self.store.transaction() as tx:
            return [step.outcome for step in await tx.steps.of_turn(turn.id)]

    async def expire(self, turn: Turn) -> None:
        """The lease has run out, as it does when its holder was killed; nor is the turn put off any longer."""
        await self.execute("UPDATE turns SET lease_until = now(), retry_at = NULL WHERE id = :id", id=turn.id)

    async def lease(self, turn: Turn) -> datetime:
        """Until when the turn is held."""
        async with self.store.transaction() as tx:
            found = await tx.connection.execute(text("SELECT lease_until FROM turns WHERE id = :id"), {"id": turn.id})
            until: datetime = found.scalar_one()
            return until

    async def take_over(self, turn: Turn) -> None:
        """A person takes the conversation, as in the console."""
        async with self.store.transaction() as tx:
            await tx.conversations.lock(turn.conversation_id)
            await tx.takeovers.take_over(turn.conversation_id, timedelta(minutes=30))

    async def execute(self, sql: str, **values: Any) -> None:
        async with self.store.transaction() as tx:
            await tx.connection.execute(text(sql), values)


def made_up_client(runs: Runs, **sections: Any) -> Client:
    """The school with tools; `sections` replace sections of its client.toml."""
    config: ClientConfig = school.config(**sections)
    (client,) = school.registry(config).clients.values()
    return replace(client, tools=tools(runs), system_prompt="Sos la asistente de la escuela.")


def _message(channel: str, sender: Sender, content: Content | str, now: datetime, index: int) -> InboundMessage:
    return InboundMessage(
        channel=channel,
        wamid=f"wamid.{uuid4().hex}",
        sent_at=now,
        index=index,
        sender=sender,
        content=Text(text=content) if isinstance(content, str) else content,
    )


class ScriptedModel:
    """A model that says what `reply_to` makes of the prompt: the same for the same prompt, whoever asks.

    Every prompt is checked as OpenAI checks it: calls and results must pair.
    """

    def __init__(self, reply_to: Callable[[ModelRequest], ModelReply]) -> None:
        self._reply_to = reply_to
        self.asked: list[ModelRequest] = []

    async def ask(self, request: ModelRequest) -> ModelReply:
        assert_paired(request.items)
        self.asked.append(request)
        await asyncio.sleep(0)
        return self._reply_to(request)


def reply(
    words: str = "", *calls: tuple[str, str] | tuple[str, str, str], finish_reason: str | None = None
) -> ModelReply:
    """A reply with `calls` as (name, arguments) or (name, arguments, call id)."""
    made = tuple(
        Call(call[2] if len(call) == 3 else f"call_{place}", call[0], call[1]) for place, call in enumerate(calls)
    )
    return ModelReply(words, made, usage(finish_reason or ("tool_calls" if calls else "stop")))


def usage(finish_reason: str = "stop") -> Usage:
    return Usage("gpt-6-luna", "req_1", finish_reason, 100, 0, 0, 10, 0, None, None, 0.01)


def results_in(request: ModelRequest) -> list[str]:
    """The results that the model is shown for the turn it answers: those behind the note."""
    items = list(request.items)
    note = max(place for place, item in enumerate(items) if isinstance(item, Instruction))
    return [item.text for item in items[note:] if isinstance(item, CallResult)]


def assert_paired(items: Sequence[PromptItem]) -> None:
    """Every call is answered once, right behind the message that made it; nothing slips in between."""
    waiting: set[str] = set()
    for item in items:
        if isinstance(item, CallResult):
            assert item.call_id in waiting, f"result of {item.call_id} without its call"
            waiting.remove(item.call_id)
            continue
        assert not waiting, f"{type(item).__name__} between a call and its result"
        if isinstance(item, BotText):
            waiting = {call.call_id for call in item.calls}
            assert len(waiting) == len(item.calls), "two calls of one id"
    assert not waiting, "a call without a result"


class Crash(BaseException):
    """The process dies here: nothing of ours may catch it."""


class CrashingStore(Store):
    """A store whose process dies at one border: right before its n-th commit, or right after it."""

    def __init__(self, store: Store, border: int, *, before: bool) -> None:
        super().__init__(store._engine)
        self._border = border
        self._before = before
        self.commits = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        if self.commits >= self._border:
            raise Crash
        async with super().transaction() as tx:
            yield tx
            self.commits += 1
            if self._before and self.commits == self._border:
                raise Crash
        if self.commits == self._border:
            raise Crash
