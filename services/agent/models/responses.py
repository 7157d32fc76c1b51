"""Responses: tools together with reasoning. Always `store=false`: rows are the memory, nothing lies at the provider.

What a model thought comes encrypted. It is kept with its step and goes back within the same turn, in front of what it
led to, but only to the model it came from; anybody else is shown the texts, calls and results alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import openai
from openai.types.responses import Response, ResponseFunctionToolCall, ResponseOutputMessage, ResponseReasoningItem

from remanso.plugin.model_profile import Profile
from services.agent.asking import (
    BotText,
    Call,
    CallResult,
    ContactText,
    Instruction,
    ModelReply,
    ModelRequest,
    PromptItem,
)
from services.agent.models import trouble
from services.agent.models.chat import definition
from services.agent.models.endpoints import Place
from services.agent.models.pictures import data_url
from services.agent.models.trouble import Told, Trouble, meaning
from services.agent.models.usage import Answered, Counts, count, made_call, usage_of
from services.agent.results import storable

ENCRYPTED = "reasoning.encrypted_content"
_CUT_SHORT = {"max_output_tokens": "length"}
_OF_THE_SERVER = (None, "server_error", "vector_store_timeout")


class Responses:
    """The shapes of `/responses`."""

    async def send(self, client: openai.AsyncOpenAI, body: dict[str, Any]) -> Response:
        answer: Response = await client.responses.create(**body)
        return answer

    def body(
        self, request: ModelRequest, profile: Profile, place: Place, items: Sequence[PromptItem]
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": profile.model,
            "input": [shaped for item in items for shaped in _items(item, profile, place.origin)],
            "max_output_tokens": profile.max_output_tokens,
            "store": False,
            "extra_headers": {"X-Client-Request-Id": request.label},
        }
        if profile.reasoning_effort != "omit":
            body["reasoning"] = {"effort": profile.reasoning_effort}
        if profile.effort not in ("omit", "none") and not profile.plain:
            body["include"] = [ENCRYPTED]
        if profile.temperature is not None:
            body["temperature"] = profile.temperature
        if not profile.plain:
            body["prompt_cache_key"] = request.cache_key
        if request.tools:
            body["tools"] = [{"type": "function", **definition(tool, profile)} for tool in request.tools]
            body["tool_choice"] = "auto" if request.may_call else "none"
        return body

    def read(
        self, response: Response, request: ModelRequest, profile: Profile, place: Place, seconds: float
    ) -> ModelReply:
        if response.status == "failed":
            raise _failure(response)
        if response.output is None:
            raise Trouble(trouble.HOLLOW)
        heard = _Heard()
        for item in response.output:
            heard.take(item)
        answered = Answered(response._request_id, _finish_reason(response, heard), seconds)
        usage = usage_of(request, profile, answered, _counts(response))
        return ModelReply(heard.text, tuple(heard.calls), usage, heard.reasoning(place.origin))


class _Heard:
    """The items of one answer, as far as they have been taken in."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.refused = False
        self._texts: list[str] = []
        self._thoughts: list[tuple[int, dict[str, Any]]] = []

    @property
    def text(self) -> str:
        return "\n\n".join(self._texts)

    def take(self, item: object) -> None:
        match item:
            case ResponseOutputMessage():
                self._hear(item)
            case ResponseFunctionToolCall() if item.status != "incomplete":  # its arguments may end in the middle
                self.calls.append(made_call(item.call_id, item.name, item.arguments))
            case ResponseReasoningItem() if item.encrypted_content:
                place = bool(self._texts) + len(self.calls)
                summary = [{"type": "summary_text", "text": part.text} for part in item.summary or ()]
                thought = {"type": "reasoning", "id": item.id, "summary": summary}
                self._thoughts.append((place, thought | {"encrypted_content": item.encrypted_content}))

    def _hear(self, message: ResponseOutputMessage) -> None:
        parts = message.content or ()
        self.refused = self.refused or any(part.type == "refusal" for part in parts)
        text = storable("".join(part.text or "" for part in parts if part.type == "output_text")).strip()
        if text:
            self._texts.append(text)

    def reasoning(self, origin: str) -> Mapping[str, Any] | None:
        """To be stored beside the step: each thought with the number of texts and calls in front of it."""
        return {"origin": origin, "thoughts": self._thoughts} if self._thoughts else None


def _items(item: PromptItem, profile: Profile, origin: str) -> Iterator[dict[str, Any]]:
    """Without ids of the provider's: an item that has one must come with whatever else it came with."""
    match item:
        case Instruction(text):
            yield {"type": "message", "role": "system", "content": text}
        case ContactText(text, ()):
            yield {"type": "message", "role": "user", "content": text}
        case ContactText(text, pictures):
            shown = [{"type": "input_image", "image_url": data_url(each), "detail": "auto"} for each in pictures]
            yield {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}, *shown]}
        case CallResult(call_id, text):
            yield {"type": "function_call_output", "call_id": call_id, "output": text}
        case BotText():
            yield from _with_thoughts(list(_said(item, profile)), item.reasoning, origin)


def _said(item: BotText, profile: Profile) -> Iterator[dict[str, Any]]:
    if item.text:
        message = {"type": "message", "role": "assistant", "content": item.text}
        phase = {} if profile.plain else {"phase": "commentary" if item.calls else "final_answer"}
        yield message | phase
    for call in item.calls:
        yield {"type": "function_call", "call_id": call.call_id, "name": call.name, "arguments": call.arguments}


def _with_thoughts(
    said: list[dict[str, Any]], reasoning: Mapping[str, Any] | None, origin: str
) -> Iterator[dict[str, Any]]:
    """A thought is refused without the item it led to: where that is missing, it stays away too."""
    thoughts = reasoning["thoughts"] if reasoning and reasoning["origin"] == origin else ()
    for place, item in enumerate(said):
        yield from (thought for before, thought in thoughts if before == place)
        yield item


def _failure(response: Response) -> Exception:
    """A 200 that says in its body that it failed."""
    error = response.error
    code = error.code if error else None
    status = 500 if code in _OF_THE_SERVER else 400
    return meaning(Told(status, code))


def _finish_reason(response: Response, heard: _Heard) -> str | None:
    """In Chat's words."""
    if heard.refused:
        return "refusal"
    if response.status == "incomplete":
        reason: str | None = response.incomplete_details.reason if response.incomplete_details else None
        return _CUT_SHORT.get(reason or "", reason)
    return "tool_calls" if heard.calls else "stop"


def _counts(response: Response) -> Counts | None:
    usage = response.usage
    if usage is None:
        return None
    inward, outward = usage.input_tokens_details, usage.output_tokens_details
    return Counts(
        prompt=count(usage, "input_tokens"),
        cached=count(inward, "cached_tokens"),
        cache_write=count(inward, "cache_write_tokens"),
        completion=count(usage, "output_tokens"),
        reasoning=count(outward, "reasoning_tokens"),
    )
