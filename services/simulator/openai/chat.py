"""Chat Completions: reads and checks a request, writes the answer."""

import json
import secrets
import time
from typing import Any

from pydantic import ValidationError

from services.simulator.openai import parameters
from services.simulator.openai.chat_request import (
    AllowedChoice,
    AssistantMessage,
    ChatRequest,
    ImagePart,
    Message,
    NamedChoice,
    ToolMessage,
)
from services.simulator.openai.conversation import Ask, Call, Choice, Conversation, Reply, Tool, Utterance
from services.simulator.openai.errors import ApiError, wrong_shape
from services.simulator.openai.images import seen, without_pictures
from services.simulator.openai.models import ModelProfile, find_model
from services.simulator.openai.pairing import check_chat
from services.simulator.openai.tokens import Counted, refuse_too_long
from services.simulator.openai.tools import check_schema, narrowed, refuse_choice_without_tools

_NOT_OFFERED = ("stream", "audio", "functions", "function_call", "web_search_options")


class ChatCompletions:
    """The wire shape of `/chat/completions`."""

    def read(self, body: Any) -> Ask:
        """The question a body asks; raises `ApiError` for everything OpenAI would refuse."""
        request = _shaped(body)
        model = find_model(request.model)
        effort = _checked(request, model)
        tools, choice = _tools(request)
        check_chat(request.messages)
        ask = Ask(
            model=model,
            conversation=Conversation(tuple(map(_utterance, request.messages)), tools, choice),
            prompt=_prompt(body),
            effort=effort,
            max_output=request.max_completion_tokens or request.max_tokens,
            request=body,
        )
        refuse_too_long(ask, "messages")
        return ask

    def write(self, ask: Ask, reply: Reply, counted: Counted) -> dict[str, Any]:
        """A `chat.completion` object."""
        return {
            "id": f"chatcmpl-{secrets.token_hex(15)}",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": ask.model.id,
            "choices": [_choice(reply)],
            "usage": _usage(counted),
            "service_tier": "default",
            "system_fingerprint": None,
        }

    def hollow(self, written: dict[str, Any]) -> dict[str, Any]:
        """The answer some proxies give when their upstream failed: 200 without choices."""
        return written | {"choices": None}

    def failed(self, written: dict[str, Any], code: str) -> dict[str, Any]:
        """This endpoint has no such answer: it fails as a whole."""
        raise ApiError("The server had an error while processing your request.", kind="server_error", status=500)


def _shaped(body: Any) -> ChatRequest:
    if not isinstance(body, dict):
        raise ApiError("The body must be a JSON object.")
    if unknown := sorted(body.keys() - ChatRequest.model_fields.keys()):
        raise ApiError(f"Unrecognized in this request: {', '.join(unknown)}.")
    if not body.get("model"):
        raise ApiError("A request must name its 'model'.")
    try:
        return ChatRequest.model_validate(body)
    except ValidationError as error:
        raise wrong_shape(error, body) from error


def _checked(request: ChatRequest, model: ModelProfile) -> str:
    """Refuses what this model does not take; returns the reasoning effort in force."""
    parameters.refuse_not_offered({name: getattr(request, name) for name in _NOT_OFFERED})
    if (request.n or 1) > 1:
        parameters.refuse_not_offered({"n": request.n})
    effort = parameters.effort_in_force(model, request.reasoning_effort, "reasoning_effort")
    sampling = ("temperature", "top_p", "logprobs", "top_logprobs")
    parameters.refuse_sampling(model, effort, {name: getattr(request, name) for name in sampling})
    _check_output_limit(request, model)
    if request.tools:
        _refuse_tools_while_reasoning(model, effort)
    return effort


def _check_output_limit(request: ChatRequest, model: ModelProfile) -> None:
    if request.max_tokens is not None and model.reasons:
        message = f"Unsupported parameter: {model.id} takes no 'max_tokens'. Use 'max_completion_tokens' instead."
        raise ApiError(message, param="max_tokens", code="unsupported_parameter")
    if request.max_tokens is not None and request.max_completion_tokens is not None:
        message = "Give either 'max_tokens' or 'max_completion_tokens', not both."
        raise ApiError(message, code="invalid_parameter_combination")
    parameters.refuse_output_above(model, request.max_tokens, "max_tokens")
    parameters.refuse_output_above(model, request.max_completion_tokens, "max_completion_tokens")


def _refuse_tools_while_reasoning(model: ModelProfile, effort: str) -> None:
    """From GPT-5.4 on this endpoint has no function tools beside reasoning, and newer models reason by default."""
    if model.chat_tools == "never":
        message = f"Function tools are not supported for {model.id} in /v1/chat/completions. Use /v1/responses."
    elif model.chat_tools == "without_reasoning" and effort != "none":
        message = (
            f"{model.id} takes no function tools with reasoning in /v1/chat/completions: use /v1/responses"
            " or set reasoning_effort to 'none'."
        )
    else:
        return
    raise ApiError(message, param="reasoning_effort")


def _tools(request: ChatRequest) -> tuple[tuple[Tool, ...], Choice]:
    if not request.tools:
        refuse_choice_without_tools(request.model_fields_set)
    for at, tool in enumerate(request.tools):
        check_schema(tool.function, f"tools[{at}].function.parameters")
    tools = tuple(tool.function.as_tool() for tool in request.tools)
    asked, one_call = request.tool_choice, not request.parallel_tool_calls
    if isinstance(asked, NamedChoice):
        return narrowed(tools, {asked.function.name}), Choice(must_call=True, one_call=True)
    if isinstance(asked, AllowedChoice):
        names = {tool.function.name for tool in asked.allowed_tools.tools}
        must_call = asked.allowed_tools.mode == "required"
        return narrowed(tools, names), Choice(must_call=must_call, one_call=one_call)
    return tools, Choice(may_call=asked != "none", must_call=asked == "required", one_call=one_call)


def _utterance(message: Message) -> Utterance:
    text = _text(message.content)
    if isinstance(message, ToolMessage):
        return Utterance("tool", text, answers=message.tool_call_id)
    if isinstance(message, AssistantMessage):
        calls = tuple(Call(made.function.name, made.function.arguments, made.id) for made in message.tool_calls)
        return Utterance("assistant", text or message.refusal or "", calls)
    return Utterance("user" if message.role == "user" else "system", text)


def _text(content: Any) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    return "\n".join(map(_part, content))


def _part(part: Any) -> str:
    if isinstance(part, ImagePart):
        return seen(part.image_url.url)
    return getattr(part, "text", None) or f"[{part.type}]"


def _prompt(body: dict[str, Any]) -> str:
    """Tools first, then messages: the order in which OpenAI's cache sees them."""
    read = [body.get("tools", []), without_pictures(body["messages"])]
    return json.dumps(read, ensure_ascii=False, separators=(",", ":"))


def _choice(reply: Reply) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text, "refusal": None, "annotations": []}
    if reply.calls:
        message["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in reply.calls
        ]
    reason = reply.finish_reason or ("tool_calls" if reply.calls else "stop")
    return {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}


def _usage(counted: Counted) -> dict[str, Any]:
    return {
        "prompt_tokens": counted.prompt,
        "completion_tokens": counted.completion,
        "total_tokens": counted.prompt + counted.completion,
        "prompt_tokens_details": {
            "cached_tokens": counted.cached,
            "cache_write_tokens": counted.cache_write,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": counted.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
