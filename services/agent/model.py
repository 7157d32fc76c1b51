"""The model over Chat Completions: the only module that knows the openai library (3.x).

One layer of retries, ours: the library's would also repeat calls that failed for want of money. Each attempt runs
under a total time limit, because the library's timeouts only bound the pause between two bytes.
"""

import asyncio
import json
import re
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import openai
import structlog
from openai.types.chat import ChatCompletion
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential
from tenacity.stop import stop_base

from remanso.plugin.config import ModelProfile
from remanso.plugin.tools import Tool
from remanso.store.steps import Usage
from services.agent import metrics
from services.agent.asking import (
    BotText,
    Call,
    CallResult,
    ContactText,
    Instruction,
    ModelRefused,
    ModelReply,
    ModelRequest,
    ModelUnavailable,
    Picture,
    PromptItem,
)
from services.agent.cost import cost_in_usd
from services.agent.results import storable

CONNECT_SECONDS, POOL_SECONDS = 3.0, 2.0

# 429s that no waiting heals: money or a limit that a person has set. The provider may give any of them as `code` or,
# in its older form, as `type`.
OUT_OF_MONEY = frozenset(
    (
        "credit_balance_exhausted",
        "insufficient_quota",
        "organization_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "project_spend_limit_exceeded",
    )
)
FOR_THE_OPERATOR = frozenset(("billing", "authentication", "permission", "model_not_found"))

log = structlog.get_logger()


class _Trouble(Exception):
    """One failed attempt. `attempts` is how many this kind of failure is worth."""

    def __init__(self, reason: str, *, attempts: int = 99, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.attempts = attempts
        self.retry_after = retry_after


class ChatModel:
    """`async with ChatModel.connect(…) as model:` then `await model.ask(request)`."""

    def __init__(self, client: openai.AsyncOpenAI, attempts: int, attempt_seconds: float, retry_seconds: float) -> None:
        self._client = client
        self._attempt_seconds = attempt_seconds
        self._retrying = AsyncRetrying(
            retry=retry_if_exception_type(_Trouble),
            stop=_Enough(attempts, retry_seconds),
            wait=_wait,
            reraise=True,
        )

    @classmethod
    @asynccontextmanager
    async def connect(
        cls,
        base_url: str,
        api_key: str,
        *,
        attempts: int = 3,
        attempt_seconds: float = 25.0,
        retry_seconds: float = 10.0,
    ) -> AsyncIterator["ChatModel"]:
        """A model behind `base_url` (the part before `/chat/completions`); nothing is asked yet."""
        timeout = openai.Timeout(attempt_seconds, connect=CONNECT_SECONDS, pool=POOL_SECONDS)
        async with openai.AsyncOpenAI(api_key=api_key, base_url=base_url, max_retries=0, timeout=timeout) as client:
            yield cls(client, attempts, attempt_seconds, retry_seconds)

    async def ask(self, request: ModelRequest) -> ModelReply:
        """Raises ModelUnavailable when it cannot be asked now, ModelRefused when it never can."""
        try:
            return await self._retrying.copy()(self._attempt, request)
        except _Trouble as trouble:
            metrics.MODEL_ERRORS.labels(trouble.reason).inc()
            if trouble.reason in FOR_THE_OPERATOR:
                log.error("model.needs_operator", reason=trouble.reason, model=request.profile.model)
            raise ModelUnavailable(trouble.reason, trouble.retry_after) from trouble.__cause__
        except ModelRefused as refusal:
            metrics.MODEL_ERRORS.labels("refused").inc()
            log.error("model.refused", code=refusal.code, model=request.profile.model)
            raise

    async def _attempt(self, request: ModelRequest) -> ModelReply:
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._attempt_seconds):
                completion = await self._client.chat.completions.create(**_body(request))
        except TimeoutError as problem:
            raise _Trouble("timeout", attempts=2) from problem
        except json.JSONDecodeError:
            raise _Trouble("broken_json", attempts=2) from None
        except openai.APIError as problem:
            _classify(problem)
        return _read(completion, request.profile, time.monotonic() - started)


def _classify(problem: openai.APIError) -> NoReturn:
    """What a failure means for us (reference: openai-python 3.54, its exceptions and error codes)."""
    # The provider's message may quote what the contact wrote, so the error itself is not passed on.
    match problem:
        case openai.APITimeoutError():
            own_fault = type(problem.__cause__).__name__ == "PoolTimeout"
            raise _Trouble("no_free_connection" if own_fault else "timeout", attempts=2) from None
        case openai.APIConnectionError():
            raise _Trouble("connection") from None
        case openai.RateLimitError():
            if {problem.code, problem.type} & OUT_OF_MONEY:
                raise _Trouble("billing", attempts=1) from None
            raise _Trouble("rate_limited", retry_after=_retry_after(problem)) from None
        case openai.AuthenticationError():
            raise _Trouble("authentication", attempts=1) from None
        case openai.PermissionDeniedError():
            raise _Trouble("permission", attempts=1) from None
        case openai.NotFoundError():
            raise _Trouble("model_not_found", attempts=1) from None
        case openai.APIStatusError() if problem.status_code >= 500:
            raise _Trouble("server_error", retry_after=_retry_after(problem)) from None
        case openai.APIStatusError() if problem.status_code in (408, 409):
            raise _Trouble("server_error") from None
        case openai.APIStatusError():
            raise ModelRefused(problem.code or f"http_{problem.status_code}") from None
        case _:
            raise _Trouble("unreadable", attempts=2) from None


def _retry_after(problem: openai.APIStatusError) -> float | None:
    """The provider's wait hint in seconds, when it gave one as a number."""
    headers = problem.response.headers
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return max(0.0, float(headers[name]) * unit)
        except (KeyError, ValueError):
            continue
    return None


class _Enough(stop_base):
    """Ends the retries of one question: by their number, by what the failure is worth, by the time they would take."""

    def __init__(self, attempts: int, seconds: float) -> None:
        self._attempts = attempts
        self._seconds = seconds

    def __call__(self, retry_state: RetryCallState) -> bool:
        trouble = retry_state.outcome and retry_state.outcome.exception()
        worth = trouble.attempts if isinstance(trouble, _Trouble) else 1
        begins_at = (retry_state.seconds_since_start or 0.0) + retry_state.upcoming_sleep
        return retry_state.attempt_number >= min(self._attempts, worth) or begins_at >= self._seconds


_own_wait = wait_random_exponential(multiplier=0.5, max=4.0)


def _wait(state: RetryCallState) -> float:
    trouble = state.outcome and state.outcome.exception()
    asked = trouble.retry_after if isinstance(trouble, _Trouble) else None
    return max(_own_wait(state), asked or 0.0)


def _body(request: ModelRequest) -> dict[str, Any]:
    profile = request.profile
    body: dict[str, Any] = {
        "model": profile.model,
        "messages": [_message(item) for item in request.items],
        "reasoning_effort": profile.reasoning_effort,
        "max_completion_tokens": profile.max_output_tokens,
        "prompt_cache_key": request.cache_key,
        "extra_headers": {"X-Client-Request-Id": request.label},
    }
    if request.tools:
        body["tools"] = [_tool(tool) for tool in request.tools]
        body["tool_choice"] = "auto" if request.may_call else "none"
    return body


def _message(item: PromptItem) -> dict[str, Any]:
    """Built key by key: strict servers refuse what a dump of the library's own objects would carry along."""
    match item:
        case Instruction(text):
            return {"role": "system", "content": text}
        case ContactText(text, pictures):
            return {"role": "user", "content": _with_pictures(text, pictures) if pictures else text}
        case CallResult(call_id, text):
            return {"role": "tool", "tool_call_id": call_id, "content": text}
        case BotText(text, ()):
            return {"role": "assistant", "content": text}
        case BotText(text, calls):
            called = [
                {"id": call.call_id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in calls
            ]
            return {"role": "assistant", "content": text or None, "tool_calls": called}


def _with_pictures(text: str, pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """Pictures go inside the request: nobody but us may fetch them from Meta."""
    urls = (f"data:{picture.mime_type};base64,{b64encode(picture.content).decode()}" for picture in pictures)
    shown = [{"type": "image_url", "image_url": {"url": url, "detail": "auto"}} for url in urls]
    return [{"type": "text", "text": text}, *shown]


def _tool(tool: Tool) -> dict[str, Any]:
    function = {"name": tool.name, "description": tool.description, "parameters": tool.schema, "strict": True}
    return {"type": "function", "function": function}


def _read(completion: ChatCompletion, profile: ModelProfile, seconds: float) -> ModelReply:
    """The library checks nothing: whatever a compatible server leaves out is None here, whatever the types say."""
    choice = completion.choices[0] if completion.choices else None
    if choice is None or choice.message is None:
        raise _Trouble("choices_null")
    message = choice.message
    calls = tuple(
        Call(storable(call.id or ""), _as_name(call.function.name), storable(call.function.arguments or ""))
        for call in message.tool_calls or ()
        if call.type == "function"
    )
    finish_reason = "refusal" if message.refusal else choice.finish_reason
    return ModelReply(
        storable(message.content or "").strip(), calls, _usage(completion, profile, finish_reason, seconds)
    )


def _as_name(name: str | None) -> str:
    """A name that servers take back in a history, whatever a model has invented."""
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name or "")[:64] or "unnamed"


def _usage(completion: ChatCompletion, profile: ModelProfile, finish_reason: str | None, seconds: float) -> Usage:
    usage = completion.usage
    inward = usage and usage.prompt_tokens_details
    outward = usage and usage.completion_tokens_details
    prompt, completed = _count(usage, "prompt_tokens"), _count(usage, "completion_tokens")
    cached, written = _count(inward, "cached_tokens"), _count(inward, "cache_write_tokens")
    price = profile.price if usage else None
    return Usage(
        model=profile.model,
        request_id=completion._request_id,
        finish_reason=finish_reason,
        input_tokens=prompt,
        cached_tokens=cached,
        cache_write_tokens=written,
        output_tokens=completed,
        reasoning_tokens=_count(outward, "reasoning_tokens"),
        cost_usd=cost_in_usd(price, prompt=prompt, cached=cached, cache_write=written, completion=completed),
        price_valid_from=price.valid_from if price else None,
        seconds=seconds,
    )


def _count(counts: object, name: str) -> int:
    return getattr(counts, name, None) or 0
