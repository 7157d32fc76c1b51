"""The most a model call can use and cost, known before it is asked. Pure.

No tokenizer is asked: which one a model uses is not public, and an estimate may be too low. Every tokenizer in use
works on bytes, so a text never has more tokens than UTF-8 bytes; what servers wrap around messages and tools is counted
generously. A prompt has about a quarter of that: the rest of a reserve is free again when the answer is stored.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal

from remanso.plugin.behaviour import Limits
from remanso.plugin.model_profile import Price, Profile
from remanso.plugin.tools import Tool
from services.agent.asking import BotText, CallResult, ContactText, ModelRequest, PromptItem

AROUND_PROMPT, AROUND_ITEM = 64, 32
"""Tokens for the marks that a server puts around a prompt, and around each message, call or tool (OpenAI: 3 or 4)."""
MOST_OF_PICTURE = 10_000
"""Tokens: patches of 32 pixels, as many as OpenAI takes at most. A model that counts more shows as `excess`."""
_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class WorstCase:
    """`tokens` in and out together; `dollars` is None for a model without a price."""

    tokens: int = 0
    dollars: Decimal | None = None

    def within(self, limits: Limits) -> bool:
        """Whether it alone stays below a turn's limits."""
        if limits.tokens is not None and self.tokens > limits.tokens:
            return False
        return limits.dollars is None or (self.dollars or 0) <= limits.dollars


NOTHING = WorstCase()


def worst_case(request: ModelRequest) -> WorstCase:
    """The most that one answer to this request can use: the whole prompt at its dearest rate, the longest output."""
    prompt = AROUND_PROMPT + sum(map(_item, request.items)) + sum(map(_tool, request.tools))
    cases = [
        _of_profile(profile, prompt, request.asked_at.astimezone(UTC).date()) for profile in request.profile.profiles
    ]
    prices = [case.dollars for case in cases if case.dollars is not None]
    return WorstCase(max(case.tokens for case in cases), max(prices, default=None))


def _of_profile(profile: Profile, prompt: int, day: date) -> WorstCase:
    """The client's own model or its fallback: whoever answers, one of them is paid."""
    output = profile.max_output_tokens
    return WorstCase(prompt + output, _dollars(profile.price_on(day), prompt, output))


def _item(item: PromptItem) -> int:
    match item:
        case ContactText(text, pictures):
            return _size([text]) + MOST_OF_PICTURE * len(pictures)
        case BotText(text, calls, reasoning):
            made = sum(_size([call.call_id, call.name, call.arguments]) for call in calls)
            return _size([text, json.dumps(reasoning)]) + made
        case CallResult(call_id, text):
            return _size([call_id, text])
        case _:
            return _size([item.text])


def _tool(tool: Tool) -> int:
    return _size([tool.name, tool.description, json.dumps(tool.schema)])


def _size(texts: Iterable[str]) -> int:
    return AROUND_ITEM + sum(len(text.encode()) for text in texts)


def _dollars(price: Price | None, prompt: int, output: int) -> Decimal | None:
    if price is None:
        return None
    return (prompt * max(price.input, price.cached, price.cache_write) + output * price.output) / _MILLION
