"""Token numbers: an estimate (nobody can count GPT-6 tokens offline), the prompt cache, the rate headers."""

import hashlib
import time
from dataclasses import dataclass, replace

from services.simulator.openai.conversation import Ask, Call, Reply
from services.simulator.openai.errors import ApiError

BYTES_PER_TOKEN = 4
# OpenAI caches prompts from 1024 tokens on, in steps of 128.
_CACHE_FROM, _CACHE_STEP = 1024, 128
_REMEMBERED_PREFIXES = 100_000
_REASONING_TOKENS = {"minimal": 16, "low": 64, "medium": 192, "high": 512, "xhigh": 1024, "max": 2048}


def estimate(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


@dataclass(frozen=True)
class Counted:
    """The numbers of one answer. `cached` and `cache_write` are inside `prompt`, `reasoning` inside `completion`."""

    prompt: int
    completion: int
    cached: int
    cache_write: int
    reasoning: int


class PromptCache:
    """Remembers the beginnings of prompts, as OpenAI's automatic cache does: exact prefixes only."""

    def __init__(self) -> None:
        self._seen: dict[bytes, None] = {}

    def hit(self, model: str, prompt: str) -> tuple[int, int]:
        """Tokens of this prompt that were cached, and tokens that are written to the cache now."""
        prefixes = self._prefixes(model, prompt.encode())
        cached = max((tokens for tokens, digest in prefixes if digest in self._seen), default=0)
        longest = prefixes[-1][0] if prefixes else 0
        for _, digest in prefixes:
            self._seen[digest] = None
        while len(self._seen) > _REMEMBERED_PREFIXES:
            self._seen.pop(next(iter(self._seen)))
        return cached, longest - cached

    def clear(self) -> None:
        self._seen.clear()

    @staticmethod
    def _prefixes(model: str, prompt: bytes) -> list[tuple[int, bytes]]:
        digest = hashlib.blake2b(model.encode(), digest_size=16)
        prefixes = []
        step = _CACHE_STEP * BYTES_PER_TOKEN
        for end in range(step, len(prompt) + 1, step):
            digest.update(prompt[end - step : end])
            if end >= _CACHE_FROM * BYTES_PER_TOKEN:
                prefixes.append((end // BYTES_PER_TOKEN, digest.digest()))
        return prefixes


def refuse_too_long(ask: Ask, param: str) -> None:
    """400 `context_length_exceeded` when the estimated prompt does not fit the model's input."""
    tokens, limit = estimate(ask.prompt), ask.model.max_input
    if tokens > limit:
        message = f"The input has about {tokens} tokens; {ask.model.id} takes at most {limit}. Shorten it."
        raise ApiError(message, param=param, code="context_length_exceeded")


def shortened(reply: Reply, max_output: int | None) -> Reply:
    """The reply as a model would leave it that ran into its output limit: text first, then the calls."""
    if max_output is None or estimate(_said(reply)) <= max_output:
        return reply
    room = max_output * BYTES_PER_TOKEN
    text = (reply.text or "").encode()[:room].decode(errors="ignore")
    room -= len(text.encode())
    calls: list[Call] = []
    for call in reply.calls:
        if room <= 0:
            break
        calls.append(replace(call, arguments=call.arguments[:room]))
        room -= len(call.name) + len(call.arguments)
    return replace(reply, text=text or None, calls=tuple(calls), finish_reason="length")


def count(ask: Ask, reply: Reply, cache: PromptCache) -> Counted:
    """The usage numbers of an answer; numbers that a script gives replace the estimated ones."""
    cached, written = cache.hit(ask.model.id, ask.prompt)
    reasoning = _first(reply.usage.reasoning, _REASONING_TOKENS.get(ask.effort, 0))
    return Counted(
        prompt=_first(reply.usage.prompt, estimate(ask.prompt)),
        completion=_first(reply.usage.completion, estimate(_said(reply)) + reasoning),
        cached=_first(reply.usage.cached, cached),
        cache_write=_first(reply.usage.cache_write, written if ask.model.paid_cache_writes else 0),
        reasoning=reasoning,
    )


def _said(reply: Reply) -> str:
    return (reply.text or "") + "".join(call.name + call.arguments for call in reply.calls)


def _first(given: int | None, estimated: int) -> int:
    return estimated if given is None else given


class Allowance:
    """Requests and tokens per minute as the `x-ratelimit-*` headers tell them; it only counts, faults refuse."""

    def __init__(self, requests: int = 10_000, tokens: int = 10_000_000) -> None:
        self._limits = {"requests": float(requests), "tokens": float(tokens)}
        self._left = dict(self._limits)
        self._at = time.monotonic()

    def spend(self, tokens: int) -> dict[str, str]:
        """Takes one request and so many tokens; returns the headers."""
        now = time.monotonic()
        headers = {}
        for unit, amount in (("requests", 1), ("tokens", tokens)):
            limit = self._limits[unit]
            refilled = min(limit, self._left[unit] + (now - self._at) * limit / 60)
            left = self._left[unit] = max(0.0, refilled - amount)
            headers[f"x-ratelimit-limit-{unit}"] = str(int(limit))
            headers[f"x-ratelimit-remaining-{unit}"] = str(int(left))
            headers[f"x-ratelimit-reset-{unit}"] = f"{(limit - left) * 60 / limit:.3f}s"
        self._at = now
        return headers
