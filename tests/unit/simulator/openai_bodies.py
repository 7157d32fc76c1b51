"""Request bodies for the OpenAI stand-in, as our agent would send them."""

from typing import Any

SEARCH: dict[str, Any] = {
    "name": "search_courses",
    "description": "Search the catalogue.",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"query": {"type": "string"}},
        "required": ["query"],
        "additionalProperties": False,
    },
}
DETAILS: dict[str, Any] = {
    "name": "course_details",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {"course_id": {"type": "string"}},
        "required": ["course_id"],
        "additionalProperties": False,
    },
}
SAVE: dict[str, Any] = {
    "name": "save_contact",
    "strict": True,
    "parameters": {
        "type": "object",
        "properties": {key: {"type": ["string", "null"]} for key in ("name", "email", "note")},
        "required": ["name", "email", "note"],
        "additionalProperties": False,
    },
}
CHAT_TOOLS: list[dict[str, Any]] = [{"type": "function", "function": tool} for tool in (SEARCH, DETAILS, SAVE)]
FLAT_TOOLS: list[dict[str, Any]] = [{"type": "function", **tool} for tool in (SEARCH, DETAILS, SAVE)]


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def calling(*ids: str, content: str | None = None, name: str = "search_courses") -> dict[str, Any]:
    calls = [{"id": id_, "type": "function", "function": {"name": name, "arguments": "{}"}} for id_ in ids]
    return {"role": "assistant", "content": content, "tool_calls": calls}


def result(id_: str, content: str = '{"ok": true}') -> dict[str, Any]:
    return {"role": "tool", "tool_call_id": id_, "content": content}


def chat(*messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A valid Chat request with our tools on gpt-6-luna; `fields` add or replace, None takes away."""
    body = {
        "model": "gpt-6-luna",
        "messages": list(messages) or [user("hola")],
        "tools": CHAT_TOOLS,
        "reasoning_effort": "none",
    } | fields
    return {key: value for key, value in body.items() if value is not None}


def responses(*items: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A valid Responses request with our tools; `fields` add or replace, None takes away."""
    body = {
        "model": "gpt-6-luna",
        "input": list(items) or [user("hola")],
        "tools": FLAT_TOOLS,
        "reasoning": {"effort": "none"},
        "store": False,
    } | fields
    return {key: value for key, value in body.items() if value is not None}
