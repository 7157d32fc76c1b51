"""Responses: reads and checks a request, writes the answer. Nothing is kept on the server's side."""

import json
import secrets
import time
from typing import Any

from pydantic import ValidationError

from services.simulator.openai import parameters
from services.simulator.openai.conversation import Ask, Call, Choice, Conversation, Reply, Tool, Utterance
from services.simulator.openai.errors import ApiError, wrong_shape
from services.simulator.openai.images import seen, without_pictures
from services.simulator.openai.item_pairing import check_items
from services.simulator.openai.models import ModelProfile, find_model
from services.simulator.openai.responses_request import (
    AllowedChoice,
    CallItem,
    InputImage,
    Item,
    MessageItem,
    NamedTool,
    OutputItem,
    ResponsesRequest,
)
from services.simulator.openai.tokens import Counted, refuse_too_long
from services.simulator.openai.tools import check_schema, narrowed, refuse_choice_without_tools

_NOT_OFFERED = ("stream", "background", "conversation", "prompt", "previous_response_id", "image")
_ECHOED = ("instructions", "max_output_tokens", "metadata", "parallel_tool_calls", "reasoning", "temperature")
ENCRYPTED = "reasoning.encrypted_content"
_INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


class Responses:
    """The wire shape of `/responses`. Remembers which items it gave together with which reasoning, and whose it was."""

    def __init__(self) -> None:
        self._companions: dict[str, str] = {}
        self._thoughts: dict[str, str] = {}

    def clear(self) -> None:
        self._companions.clear()
        self._thoughts.clear()

    def read(self, body: Any) -> Ask:
        """The question a body asks; raises `ApiError` for everything OpenAI would refuse."""
        request = _shaped(body)
        model = find_model(request.model)
        effort = _checked(request, model)
        tools, choice = _tools(request)
        items = _items(request)
        check_items(items, self._companions, self._thoughts, model.id)
        ask = Ask(
            model=model,
            conversation=Conversation(_utterances(request, items), tools, choice),
            prompt=_prompt(body),
            effort=effort,
            max_output=request.max_output_tokens,
            request=body,
        )
        if request.truncation != "auto":
            refuse_too_long(ask, "input")
        return ask

    def write(self, ask: Ask, reply: Reply, counted: Counted) -> dict[str, Any]:
        """A `response` object."""
        now = int(time.time())
        reason = _INCOMPLETE.get(reply.finish_reason or "")
        defaults = {"parallel_tool_calls": True, "tools": [], "tool_choice": "auto", "metadata": {}}
        echoed = {name: ask.request.get(name) for name in _ECHOED if name in ask.request}
        echoed |= {name: ask.request[name] for name in ("tools", "tool_choice") if name in ask.request}
        return {
            "id": f"resp_{secrets.token_hex(24)}",
            "object": "response",
            "created_at": now,
            "completed_at": None if reason else now,
            "status": "incomplete" if reason else "completed",
            "error": None,
            "incomplete_details": {"reason": reason} if reason else None,
            "model": ask.model.id,
            "output": self._output(ask, reply),
            "store": ask.request.get("store") is not False,
            **defaults,
            **echoed,
            "reasoning": {"effort": ask.effort, "summary": None},
            "usage": _usage(counted),
        }

    def hollow(self, written: dict[str, Any]) -> dict[str, Any]:
        """The answer some proxies give when their upstream failed: 200 without output."""
        return written | {"output": None}

    def failed(self, written: dict[str, Any], code: str) -> dict[str, Any]:
        """An answer that began well: 200, and in its body that it failed."""
        error = {"code": code, "message": "The model could not finish this response."}
        return written | {"status": "failed", "error": error, "output": [], "usage": None, "completed_at": None}

    def _output(self, ask: Ask, reply: Reply) -> list[dict[str, Any]]:
        """Reasoning first, then what was said, then the calls. The item behind the reasoning is bound to it."""
        said = [_message(reply)] if reply.text is not None else []
        said += [_call(call) for call in reply.calls]
        if reply.finish_reason == "length" and said:
            said[-1]["status"] = "incomplete"
        if ask.effort == "none" or not said:
            return said
        reasoning = _reasoning(ENCRYPTED in (ask.request.get("include") or []))
        self._companions[said[0]["id"]] = reasoning["id"]
        if "encrypted_content" in reasoning:
            self._thoughts[reasoning["encrypted_content"]] = ask.model.id
        return [reasoning, *said]


def _shaped(body: Any) -> ResponsesRequest:
    if not isinstance(body, dict):
        raise ApiError("The body must be a JSON object.")
    try:
        return ResponsesRequest.model_validate(body)
    except ValidationError as error:
        raise wrong_shape(error, body) from error


def _checked(request: ResponsesRequest, model: ModelProfile) -> str:
    """Refuses what this model does not take; returns the reasoning effort in force."""
    parameters.refuse_not_offered({name: getattr(request, name) for name in _NOT_OFFERED})
    asked = request.reasoning.effort if request.reasoning else None
    effort = parameters.effort_in_force(model, asked, "reasoning.effort")
    sampling = ("temperature", "top_p", "top_logprobs")
    parameters.refuse_sampling(model, effort, {name: getattr(request, name) for name in sampling})
    parameters.refuse_output_above(model, request.max_output_tokens, "max_output_tokens")
    if ENCRYPTED in (request.include or []) and not model.reasons:
        raise ApiError("Encrypted content is not supported with this model.", param="include")
    return effort


def _tools(request: ResponsesRequest) -> tuple[tuple[Tool, ...], Choice]:
    if not request.tools and request.tool_choice not in ("auto", "none"):
        refuse_choice_without_tools({"tool_choice"})
    for at, tool in enumerate(request.tools):
        check_schema(tool, f"tools[{at}].parameters")
    tools = tuple(tool.as_tool() for tool in request.tools)
    asked, one_call = request.tool_choice, request.parallel_tool_calls is False
    if isinstance(asked, NamedTool):
        return narrowed(tools, {asked.name}), Choice(must_call=True, one_call=True)
    if isinstance(asked, AllowedChoice):
        chosen = narrowed(tools, {tool.name for tool in asked.tools})
        return chosen, Choice(must_call=asked.mode == "required", one_call=one_call)
    return tools, Choice(may_call=asked != "none", must_call=asked == "required", one_call=one_call)


def _items(request: ResponsesRequest) -> list[Item]:
    if isinstance(request.input, str):
        return [MessageItem(role="user", content=request.input)]
    return request.input


def _utterances(request: ResponsesRequest, items: list[Item]) -> tuple[Utterance, ...]:
    """Calls that follow the assistant's text are one utterance with it, as Chat Completions has them."""
    said = [Utterance("system", request.instructions)] if request.instructions else []
    for item in items:
        if isinstance(item, OutputItem):
            said.append(Utterance("tool", _text(item.output), answers=item.call_id))
        elif isinstance(item, CallItem):
            call = Call(item.name, item.arguments, item.call_id)
            before = said.pop() if said and said[-1].role == "assistant" else Utterance("assistant", "")
            said.append(Utterance("assistant", before.text, (*before.calls, call)))
        elif isinstance(item, MessageItem):
            said.append(Utterance("system" if item.role == "developer" else item.role, _text(item.content)))
    return tuple(said)


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(map(_part, content))


def _part(part: Any) -> str:
    if isinstance(part, InputImage):
        return seen(part.image_url)
    return getattr(part, "text", None) or f"[{part.type}]"


def _prompt(body: dict[str, Any]) -> str:
    """Tools, then instructions, then items: the order in which OpenAI's cache sees them."""
    parts = [body.get("tools", []), body.get("instructions"), without_pictures(body["input"])]
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def _message(reply: Reply) -> dict[str, Any]:
    return {
        "id": f"msg_{secrets.token_hex(24)}",
        "type": "message",
        "status": "incomplete" if reply.finish_reason in _INCOMPLETE else "completed",
        "role": "assistant",
        "phase": "commentary" if reply.calls else "final_answer",
        "content": [{"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []}],
    }


def _call(call: Call) -> dict[str, Any]:
    return {
        "id": f"fc_{secrets.token_hex(24)}",
        "type": "function_call",
        "status": "completed",
        "call_id": call.id,
        "name": call.name,
        "arguments": call.arguments,
    }


def _reasoning(encrypted: bool) -> dict[str, Any]:
    item: dict[str, Any] = {"id": f"rs_{secrets.token_hex(24)}", "type": "reasoning", "summary": []}
    return item | {"encrypted_content": secrets.token_urlsafe(96)} if encrypted else item


def _usage(counted: Counted) -> dict[str, Any]:
    return {
        "input_tokens": counted.prompt,
        "input_tokens_details": {"cached_tokens": counted.cached, "cache_write_tokens": counted.cache_write},
        "output_tokens": counted.completion,
        "output_tokens_details": {"reasoning_tokens": counted.reasoning},
        "total_tokens": counted.prompt + counted.completion,
    }
