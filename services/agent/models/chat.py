"""Chat Completions: the API every compatible server has. Nothing is kept on the server's side."""

from collections.abc import Sequence
from typing import Any

import openai
from openai.types.chat import ChatCompletion

from remanso.plugin.model_profile import Profile
from remanso.plugin.tools import Tool
from services.agent.asking import BotText, CallResult, ContactText, Instruction, ModelReply, ModelRequest, PromptItem
from services.agent.models import trouble
from services.agent.models.endpoints import Place
from services.agent.models.pictures import data_url
from services.agent.models.trouble import Trouble
from services.agent.models.usage import Answered, Counts, count, made_call, usage_of
from services.agent.results import storable


class ChatCompletions:
    """The shapes of `/chat/completions`."""

    async def send(self, client: openai.AsyncOpenAI, body: dict[str, Any]) -> ChatCompletion:
        answer: ChatCompletion = await client.chat.completions.create(**body)
        return answer

    def body(
        self, request: ModelRequest, profile: Profile, place: Place, items: Sequence[PromptItem]
    ) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": profile.model,
            "messages": [_message(item) for item in items],
            profile.max_tokens_field: profile.max_output_tokens,
            "extra_headers": {"X-Client-Request-Id": request.label},
        }
        if profile.reasoning_effort != "omit":
            body["reasoning_effort"] = profile.reasoning_effort
        if profile.temperature is not None:
            body["temperature"] = profile.temperature
        if not profile.plain:
            body["prompt_cache_key"] = request.cache_key
        if request.tools:
            body["tools"] = [{"type": "function", "function": definition(tool, profile)} for tool in request.tools]
            body["tool_choice"] = "auto" if request.may_call else "none"
        return body

    def read(
        self, completion: ChatCompletion, request: ModelRequest, profile: Profile, place: Place, seconds: float
    ) -> ModelReply:
        choice = completion.choices[0] if completion.choices else None
        if choice is None or choice.message is None:
            raise Trouble(trouble.HOLLOW)
        message = choice.message
        calls = tuple(
            made_call(call.id, call.function.name, call.function.arguments)
            for call in message.tool_calls or ()
            if call.type == "function"
        )
        finish_reason = "refusal" if message.refusal else choice.finish_reason
        answered = Answered(completion._request_id, finish_reason, seconds)
        usage = usage_of(request, profile, answered, _counts(completion))
        return ModelReply(storable(message.content or "").strip(), calls, usage)


def definition(tool: Tool, profile: Profile) -> dict[str, Any]:
    """A tool as both APIs describe one."""
    described = {"name": tool.name, "description": tool.description, "parameters": tool.schema}
    return described if profile.plain else described | {"strict": True}


def _message(item: PromptItem) -> dict[str, Any]:
    """Built key by key: strict servers refuse what a dump of the library's own objects would carry along."""
    match item:
        case Instruction(text):
            return {"role": "system", "content": text}
        case ContactText(text, ()):
            return {"role": "user", "content": text}
        case ContactText(text, pictures):
            shown = [{"type": "image_url", "image_url": {"url": data_url(each), "detail": "auto"}} for each in pictures]
            return {"role": "user", "content": [{"type": "text", "text": text}, *shown]}
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


def _counts(completion: ChatCompletion) -> Counts | None:
    usage = completion.usage
    if usage is None:
        return None
    inward, outward = usage.prompt_tokens_details, usage.completion_tokens_details
    return Counts(
        prompt=count(usage, "prompt_tokens"),
        cached=count(inward, "cached_tokens"),
        cache_write=count(inward, "cache_write_tokens"),
        completion=count(usage, "completion_tokens"),
        reasoning=count(outward, "reasoning_tokens"),
    )
