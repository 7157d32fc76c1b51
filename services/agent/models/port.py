"""Asking a model: the client's own, or its fallback when that one cannot be asked."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Protocol

import openai
import structlog

from remanso.plugin.model_profile import Api, Profile
from services.agent import metrics, traced
from services.agent.asking import BotText, ModelRefused, ModelReply, ModelRequest, ModelUnavailable, PromptItem
from services.agent.models import trouble
from services.agent.models.chat import ChatCompletions
from services.agent.models.circuits import Circuits
from services.agent.models.endpoints import Endpoints, Place, attempt
from services.agent.models.pairing import paired
from services.agent.models.pictures import as_seen_by
from services.agent.models.responses import Responses
from services.agent.models.retrying import Patience
from services.agent.models.trouble import CONTEXT_LENGTH_EXCEEDED, LOST_REASONING, Filtered, Trouble
from services.agent.models.usage import Answered, Counts, usage_of
from services.agent.models.window import fits

log = structlog.get_logger()


class Adapter(Protocol):
    """One API's shapes. Nothing of the library's types leaves this package."""

    def body(
        self, request: ModelRequest, profile: Profile, place: Place, items: list[PromptItem]
    ) -> dict[str, Any]: ...

    async def send(self, client: openai.AsyncOpenAI, body: dict[str, Any]) -> Any: ...

    def read(self, answer: Any, request: ModelRequest, profile: Profile, place: Place, seconds: float) -> ModelReply:
        """Raises Trouble for an answer that holds none."""
        ...


ADAPTERS: Mapping[Api, Adapter] = {"chat": ChatCompletions(), "responses": Responses()}


class Models:
    """`async with Models.connect(…) as model:` then `await model.ask(request)`.

    `endpoints` and `circuits` are there for whatever else this package asks for on the same connections.
    """

    def __init__(self, endpoints: Endpoints, circuits: Circuits, patience: Patience, attempt_seconds: float) -> None:
        self.endpoints = endpoints
        self.circuits = circuits
        self._patience = patience
        self._attempt_seconds = attempt_seconds

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        base_url: str,
        api_key: str,
        keys: Mapping[str, str] | None = None,
        *,
        attempts: int = 3,
        attempt_seconds: float = 25.0,
        retry_seconds: float = 10.0,
        breaker_seconds: float = 15.0,
        connections: int = 20,
    ) -> AsyncIterator["Models"]:
        """Models behind `base_url` (the part before `/chat/completions`) and wherever profiles say.

        `keys` holds the keys that profiles name, {variable: key}; nothing is asked yet.
        """
        opening = Endpoints.opened(base_url, api_key, keys or {}, read_seconds=attempt_seconds, connections=connections)
        async with opening as endpoints:
            yield cls(endpoints, Circuits(breaker_seconds), Patience(attempts, retry_seconds), attempt_seconds)

    async def ask(self, request: ModelRequest) -> ModelReply:
        """Raises ModelUnavailable when it cannot be asked now, ModelRefused when it never can."""
        began, fallback = time.monotonic(), request.profile.fallback
        try:
            return await self._question(request, request.profile)
        except ModelUnavailable as problem:
            if fallback is None:
                raise
            first = problem
        spent = time.monotonic() - began
        left = replace(request, seconds_left=max(0.0, request.seconds_left - spent))
        return await self._ask_fallback(left, fallback, first)

    async def _ask_fallback(self, request: ModelRequest, fallback: Profile, first: ModelUnavailable) -> ModelReply:
        """If it cannot answer either, the client's own model is what the turn waits for."""
        try:
            reply = await self._question(request, fallback)
        except ModelUnavailable as second:
            raise ModelUnavailable(first.reason, _sooner(first.retry_after, second.retry_after)) from None
        except ModelRefused as refusal:
            if refusal.code == CONTEXT_LENGTH_EXCEEDED:
                raise
            raise first from None
        log.info("model.fell_back", reason=first.reason, model=fallback.model)
        return reply

    async def _question(self, request: ModelRequest, profile: Profile) -> ModelReply:
        """One question to one model, in as many attempts as it takes."""
        with traced.question(profile.model, self.endpoints.place(profile).host) as span:
            reply = await self._answer(request, profile)
            span.set(traced.answered(reply))
        return reply

    async def _answer(self, request: ModelRequest, profile: Profile) -> ModelReply:
        try:
            if not fits(request, profile):
                raise ModelRefused(CONTEXT_LENGTH_EXCEEDED)
            return await self._patience.retrying(request.seconds_left)(self._attempt, request, profile)
        except Filtered:
            return _nothing_said(request, profile)
        except Trouble as problem:
            raise _unavailable(problem, profile) from None
        except ModelRefused as refusal:
            if refusal.code == LOST_REASONING and any(_reasoning_in(item) for item in request.items):
                return await self._answer(_without_reasoning(request), profile)
            metrics.MODEL_ERRORS.labels("refused").inc()
            if refusal.code != CONTEXT_LENGTH_EXCEEDED:  # that one is asked again, shorter
                log.error("model.refused", code=refusal.code, model=profile.model)
            raise

    async def _attempt(self, request: ModelRequest, profile: Profile) -> ModelReply:
        place, adapter = self.endpoints.place(profile), ADAPTERS[profile.api]
        body = adapter.body(request, profile, place, paired(as_seen_by(profile, request.items)))
        with self.circuits.asking(place):
            started = time.monotonic()
            client = await self.endpoints.client(place)
            answer = await attempt(self._attempt_seconds, adapter.send(client, body))
            try:
                return adapter.read(answer, request, profile, place, time.monotonic() - started)
            except (AttributeError, TypeError, ValueError):  # a proxy's own idea of an answer
                raise Trouble(trouble.UNREADABLE) from None


def _unavailable(problem: Trouble, profile: Profile) -> ModelUnavailable:
    """Told, counted, and where only a person can help, shouted."""
    reason = problem.kind.reason
    metrics.MODEL_ERRORS.labels(reason).inc()
    if problem.kind.operator:
        log.error("model.needs_operator", reason=reason, model=profile.model)
    return ModelUnavailable(reason, problem.retry_after)


def _nothing_said(request: ModelRequest, profile: Profile) -> ModelReply:
    """A question the provider's filter refused, as the reply it would have been: no words, nothing billed."""
    answered = Answered(request_id=None, finish_reason="content_filter", seconds=0.0)
    return ModelReply("", (), usage_of(request, profile, answered, Counts()))


def _reasoning_in(item: PromptItem) -> bool:
    return isinstance(item, BotText) and item.reasoning is not None


def _without_reasoning(request: ModelRequest) -> ModelRequest:
    items = [replace(item, reasoning=None) if isinstance(item, BotText) else item for item in request.items]
    return replace(request, items=items)


def _sooner(first: float | None, second: float | None) -> float | None:
    """The shorter of two waits; None asks for none."""
    return None if first is None or second is None else min(first, second)
