"""Replies told in advance by a test: first in, first out, each said as often as it was told."""

import json
from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from services.simulator.openai.conversation import Call, Conversation, Reply, Usage
from services.simulator.openai.summing_up import is_asked


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CallOrder(_Order):
    """A call to make; `arguments` as a string is sent as it is, however broken; `id` to force a duplicate."""

    name: str
    arguments: dict[str, Any] | str = Field(default_factory=dict)
    id: str | None = None

    def as_call(self) -> Call:
        told = self.arguments
        return Call(self.name, told if isinstance(told, str) else json.dumps(told, ensure_ascii=False), self.id)


class UsageOrder(_Order):
    """Token numbers to report, by the names of either endpoint; what is left out is estimated."""

    prompt: int | None = Field(None, validation_alias=AliasChoices("prompt_tokens", "input_tokens"))
    completion: int | None = Field(None, validation_alias=AliasChoices("completion_tokens", "output_tokens"))
    cached: int | None = Field(None, validation_alias="cached_tokens")
    cache_write: int | None = Field(None, validation_alias="cache_write_tokens")
    reasoning: int | None = Field(None, validation_alias="reasoning_tokens")


class When(_Order):
    """A condition: the user's open lines contain this text, whatever the case; so many tool results stand behind them.

    `results` makes a reply that may be said again depend on the conversation alone, as a model's does. `summary`: it
    answers a request for a summary, and nothing else; without it such requests are none of the script's.
    """

    user_contains: str = ""
    summary: bool = False
    results: int | None = Field(None, ge=0)

    def holds(self, conversation: Conversation) -> bool:
        said = "\n".join(conversation.burst()).casefold()
        results = sum(utterance.role == "tool" for utterance in conversation.turn())
        return self.user_contains.casefold() in said and self.results in (None, results)


class ReplyOrder(_Order):
    """One scripted reply, said `times` times (None: whenever it fits, until cleared).

    `latency` is in seconds; `finish_reason` replaces the natural one.
    """

    text: str | None = None
    tool_calls: list[CallOrder] = Field(default_factory=list)
    when: When | None = None
    times: int | None = Field(1, ge=1)
    latency: float = Field(0.0, ge=0)
    usage: UsageOrder = Field(default_factory=UsageOrder)
    finish_reason: str | None = None

    def fits(self, conversation: Conversation) -> bool:
        """A reply with calls never fits a request that forbids calls: no model could give it."""
        if self.tool_calls and not conversation.may_call:
            return False
        if is_asked(conversation) != (self.when is not None and self.when.summary):
            return False
        return self.when is None or self.when.holds(conversation)

    def as_reply(self) -> Reply:
        usage = Usage(**self.usage.model_dump())
        calls = tuple(call.as_call() for call in self.tool_calls)
        return Reply(self.text, calls, self.latency, usage, self.finish_reason)


class Script:
    """The replies still to be given."""

    def __init__(self) -> None:
        self._orders: list[ReplyOrder] = []

    def add(self, orders: list[ReplyOrder]) -> None:
        self._orders.extend(orders)

    def next(self, conversation: Conversation) -> Reply | None:
        """The first reply that fits, or None; uses up one of its times."""
        for order in self._orders:
            if order.fits(conversation):
                self._use(order)
                return order.as_reply()
        return None

    def _use(self, order: ReplyOrder) -> None:
        if order.times is not None:
            order.times -= 1
            if order.times == 0:
                self._orders.remove(order)

    def waiting(self) -> list[dict[str, Any]]:
        return [order.model_dump(exclude_none=True) for order in self._orders]

    def clear(self) -> None:
        self._orders.clear()
