"""What Chat Completions refuses: status, code and parameter as OpenAI gives them."""

import base64
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.simulator.graph.samples import samples
from services.simulator.openai.chat import ChatCompletions
from services.simulator.openai.errors import ApiError
from tests.unit.simulator.openai_bodies import CHAT_TOOLS, calling, chat, result, user


def refused(body: Any) -> dict[str, Any]:
    with pytest.raises(ApiError) as caught:
        ChatCompletions().read(body)
    assert caught.value.body["error"]["message"]
    return {"status": caught.value.status, **caught.value.body["error"]}


def with_schema(**changes: Any) -> dict[str, Any]:
    """A request whose first tool's schema is changed; None takes a keyword away."""
    tools = deepcopy(CHAT_TOOLS)
    schema = tools[0]["function"]["parameters"] | changes
    tools[0]["function"]["parameters"] = {key: value for key, value in schema.items() if value is not None}
    return chat(tools=tools)


def with_function(**changes: Any) -> dict[str, Any]:
    tools = deepcopy(CHAT_TOOLS)
    tools[0]["function"] |= changes
    return chat(tools=tools)


PLAIN = {"tools": None, "reasoning_effort": None}

REFUSED: dict[str, tuple[Any, str | None, str | None]] = {
    "no object": ([], None, None),
    "no model": (chat(model=None), None, None),
    "unknown top-level field": (chat(thinking=True), None, None),
    "no messages": ({"model": "gpt-6-luna"}, "missing_required_parameter", "messages"),
    "empty messages": (chat(messages=[]), "empty_array", "messages"),
    "messages of the wrong type": (chat(messages="hola"), "invalid_type", "messages"),
    "unknown role": (chat({"role": "bot", "content": "x"}), "invalid_value", "messages[0].role"),
    "no role": (chat({"content": "x"}), "missing_required_parameter", "messages[0].role"),
    "no content": (chat({"role": "user"}), "missing_required_parameter", "messages[0].content"),
    "content of the wrong type": (chat({"role": "user", "content": 7}), "invalid_type", "messages[0].content"),
    "unknown field of a message": (
        chat(user("a"), {"role": "assistant", "content": "b", "reasoning_content": "c"}),
        "unknown_parameter",
        "messages[1].reasoning_content",
    ),
    "unknown kind of part": (
        chat({"role": "user", "content": [{"type": "input_text", "text": "a"}]}),
        "invalid_value",
        "messages[0].content[0].type",
    ),
    "null tools": (chat() | {"tools": None}, "invalid_type", "tools"),
    "empty tools": (chat(tools=[]), "empty_array", "tools"),
    "empty tool_calls": (
        chat(user("a"), {"role": "assistant", "content": "b", "tool_calls": []}),
        "empty_array",
        "messages[1].tool_calls",
    ),
    "long call id": (
        chat(calling("c" * 41), result("c" * 41)),
        "string_above_max_length",
        "messages[0].tool_calls[0].id",
    ),
    "streaming": (chat(stream=True), "unsupported_value", "stream"),
    "several choices": (chat(n=2), "unsupported_value", "n"),
    "tools with the default effort": (chat(reasoning_effort=None), None, "reasoning_effort"),
    "tools with an effort": (chat(reasoning_effort="low"), None, "reasoning_effort"),
    "tools on a model that always reasons": (
        chat(model="gpt-6-astra", reasoning_effort=None),
        None,
        "reasoning_effort",
    ),
    "none on a model that always reasons": (
        chat(model="gpt-6.1-sol", tools=None),
        "unsupported_value",
        "reasoning_effort",
    ),
    "minimal on a newer model": (
        chat(reasoning_effort="minimal", tools=None),
        "unsupported_value",
        "reasoning_effort",
    ),
    "unknown effort": (chat(reasoning_effort="enormous"), "invalid_value", "reasoning_effort"),
    "effort without reasoning": (chat(model="gpt-4o-mini"), "unsupported_parameter", "reasoning_effort"),
    "temperature while reasoning": (chat(**PLAIN, temperature=0.2), "unsupported_parameter", "temperature"),
    "top_p while reasoning": (chat(**PLAIN, top_p=0.5), "unsupported_parameter", "top_p"),
    "temperature out of range": (chat(temperature=3), "decimal_above_max_value", "temperature"),
    "max_tokens on a reasoning model": (chat(max_tokens=100), "unsupported_parameter", "max_tokens"),
    "both limits": (
        chat(model="gpt-4o", reasoning_effort=None, max_tokens=5, max_completion_tokens=5),
        "invalid_parameter_combination",
        None,
    ),
    "limit above the model's": (chat(max_completion_tokens=200_000), "invalid_value", "max_completion_tokens"),
    "limit of nothing": (
        chat(max_completion_tokens=0),
        "integer_below_min_value",
        "max_completion_tokens",
    ),
    "long safety identifier": (chat(safety_identifier="x" * 129), "string_above_max_length", "safety_identifier"),
    "long cache key": (chat(prompt_cache_key="x" * 65), "string_above_max_length", "prompt_cache_key"),
    "tool_choice without tools": (chat(tools=None, tool_choice="auto"), None, "tool_choice"),
    "parallel without tools": (chat(tools=None, parallel_tool_calls=False), None, "parallel_tool_calls"),
    "tool_choice of an unknown word": (chat(tool_choice="maybe"), "invalid_value", "tool_choice"),
    "tool_choice of an unknown tool": (
        chat(tool_choice={"type": "function", "function": {"name": "fly"}}),
        None,
        "tool_choice",
    ),
    "tool of another type": (chat(tools=[{"type": "web_search"}]), "invalid_value", "tools[0].type"),
    "tool name with a space": (with_function(name="a b"), "invalid_value", "tools[0].function.name"),
    "long tool name": (with_function(name="a" * 65), "string_above_max_length", "tools[0].function.name"),
    "too long a prompt": (
        chat(user("x" * 500_000), model="gpt-4o", reasoning_effort=None),
        "context_length_exceeded",
        "messages",
    ),
}


@pytest.mark.parametrize(("body", "code", "param"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(body: Any, code: str | None, param: str | None) -> None:
    error = refused(body)
    assert (error["status"], error["type"]) == (400, "invalid_request_error")
    assert (error["code"], error["param"]) == (code, param)


def test_unknown_model_is_not_found() -> None:
    error = refused(chat(model="gpt-3.5-turbo"))
    assert (error["status"], error["code"]) == (404, "model_not_found")


BAD_SCHEMAS: dict[str, dict[str, Any]] = {
    "root is no object": {"type": "array", "items": {"type": "string"}},
    "open object": {"additionalProperties": None},
    "object open on purpose": {"additionalProperties": True},
    "optional property": {"required": []},
    "required and unknown": {"required": ["query", "page"]},
    "allOf": {"allOf": []},
    "not": {"not": {"type": "null"}},
    "if": {"if": {"type": "object"}},
    "dependentRequired": {"dependentRequired": {}},
    "root anyOf": {"anyOf": [{"type": "object"}]},
    "default": {"properties": {"query": {"type": "string", "default": "x"}}},
    "minLength": {"properties": {"query": {"type": "string", "minLength": 1}}},
    "nested open object": {"properties": {"query": {"type": "object", "properties": {}}}},
    "open object in an array": {"properties": {"query": {"type": "array", "items": {"type": "object"}}}},
    "open object in a union": {"properties": {"query": {"anyOf": [{"type": "null"}, {"type": "object"}]}}},
    "array without items": {"properties": {"query": {"type": "array"}}},
    "no type at all": {"properties": {"query": {"description": "anything"}}},
    "no JSON schema": {"properties": {"query": {"type": "strng"}}},
    "too many values": {"properties": {"query": {"enum": list(range(1001))}}},
}


@pytest.mark.parametrize("changes", BAD_SCHEMAS.values(), ids=BAD_SCHEMAS.keys())
def test_bad_strict_schema_is_refused(changes: dict[str, Any]) -> None:
    error = refused(with_schema(**changes))
    assert (error["code"], error["param"]) == ("invalid_function_parameters", "tools[0].function.parameters")
    assert "search_courses" in error["message"]


def test_deep_nesting_is_refused() -> None:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(11):
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"], "additionalProperties": False}
    error = refused(with_schema(**schema))
    assert error["code"] == "invalid_function_parameters"


def test_loose_schema_is_fine_without_strict() -> None:
    schema = {"type": "object", "properties": {"query": {"type": "string", "minLength": 1}}}
    ChatCompletions().read(with_function(strict=None, parameters=schema))


PAIRING: dict[str, tuple[dict[str, Any], str]] = {
    "a result is missing": (chat(calling("a", "b"), result("a"), user("x")), "messages.[2].role"),
    "all results are missing": (chat(user("x"), calling("a")), "messages.[2].role"),
    "a result without a call": (chat(user("x"), result("a")), "messages.[1].role"),
    "a result of another turn": (
        chat(calling("a"), result("a"), user("x"), calling("b"), result("a")),
        "messages.[4].role",
    ),
    "a user line in between": (chat(calling("a"), user("x"), result("a")), "messages.[1].role"),
    "a system note in between": (
        chat(calling("a", "b"), result("a"), {"role": "system", "content": "x"}, result("b")),
        "messages.[2].role",
    ),
    "a call answered twice": (chat(calling("a"), result("a"), result("a")), "messages.[2].tool_call_id"),
    "two calls of one id": (chat(calling("a", "a"), result("a")), "messages.[0].tool_calls"),
    "an assistant who says nothing": (
        chat(user("x"), {"role": "assistant", "content": None}),
        "messages.[1].content",
    ),
}


@pytest.mark.parametrize(("body", "param"), PAIRING.values(), ids=PAIRING.keys())
def test_unpaired_history_is_refused(body: dict[str, Any], param: str) -> None:
    error = refused(body)
    assert (error["status"], error["code"], error["param"]) == (400, None, param)


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Histories in which every call is answered directly behind it, in any order."""
    messages = [user("hola")]
    for turn in range(draw(st.integers(1, 4))):
        ids = [f"call_{turn}_{at}" for at in range(draw(st.integers(0, 3)))]
        if ids:
            messages.append(calling(*ids, content=draw(st.sampled_from([None, "Déjame buscar…"]))))
            messages.extend(result(id_) for id_ in draw(st.permutations(ids)))
        messages.append(draw(st.sampled_from([user("y?"), {"role": "assistant", "content": "listo"}])))
    return messages


@settings(deadline=None)  # a shared machine
@given(histories(), st.data())
def test_paired_histories_pass_and_lose_that_with_any_tool_message(history: list[Any], data: st.DataObject) -> None:
    ChatCompletions().read(chat(*history))
    tools = [at for at, message in enumerate(history) if message["role"] == "tool"]
    if tools:
        gone = data.draw(st.sampled_from(tools))
        refused(chat(*history[:gone], *history[gone + 1 :]))
        refused(chat(*history[:gone], user("en el medio"), *history[gone:]))


def test_accepted_as_our_agent_sends_it() -> None:
    picture = base64.b64encode(samples()["image"][1]).decode()
    image = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}", "detail": "low"}}
    body = chat(
        {"role": "system", "content": "Sos el asistente."},
        {"role": "user", "content": [{"type": "text", "text": "mirá"}, image]},
        temperature=0.3,
        max_completion_tokens=800,
        parallel_tool_calls=True,
        tool_choice={
            "type": "allowed_tools",
            "allowed_tools": {
                "mode": "auto",
                "tools": [{"type": "function", "function": {"name": "save_contact"}}],
            },
        },
        safety_identifier="abc",
        prompt_cache_key="emprendemy-3",
        metadata={"turn": "7"},
    )
    ask = ChatCompletions().read(body)
    assert [tool.name for tool in ask.conversation.tools] == ["save_contact"]
    assert ask.conversation.burst() == ("mirá", "[image seen: PNG 32×32]")


def test_older_models_take_tools_without_an_effort() -> None:
    for model in ("gpt-5-mini", "gpt-5.4-mini", "gpt-4o-mini"):
        ChatCompletions().read(chat(model=model, reasoning_effort=None))
