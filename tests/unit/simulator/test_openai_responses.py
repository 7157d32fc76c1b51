"""The Responses endpoint: what it refuses, and how its answers go back into the next request."""

from typing import Any

import pytest

from services.simulator.openai.conversation import Call, Reply
from services.simulator.openai.errors import ApiError
from services.simulator.openai.responses import Responses
from services.simulator.openai.tokens import Counted
from tests.unit.simulator.openai_bodies import FLAT_TOOLS, responses, user

NOTHING = Counted(1, 1, 0, 0, 0)
CALL = {"type": "function_call", "call_id": "call_1", "name": "search_courses", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "{}"}
REASONING = {"type": "reasoning", "id": "rs_1", "summary": []}

REFUSED: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    "unknown field": (responses(messages=[]), "unknown_parameter", "messages"),
    "no model": (responses(model=None), "missing_required_parameter", "model"),
    "no input": (responses() | {"input": None}, "invalid_type", "input"),
    "unknown item": (responses({"type": "dream"}), "invalid_value", "input[0]"),
    "Chat's tool shape": (
        responses(tools=[{"type": "function", "function": {"name": "a"}}]),
        "missing_required_parameter",
        "tools[0].name",
    ),
    "output without call": (responses(user("x"), OUTPUT), None, "input"),
    "call without output": (responses(user("x"), CALL), None, "input"),
    "output before call": (responses(OUTPUT, CALL), None, "input"),
    "two outputs": (responses(CALL, OUTPUT, OUTPUT), None, "input"),
    "two calls of one id": (responses(CALL, CALL, OUTPUT), None, "input"),
    "a call with a message's id": (responses(CALL | {"id": "msg_1"}, OUTPUT), "invalid_value", "input[0].id"),
    "reasoning that nobody gave": (
        responses(user("x"), REASONING | {"encrypted_content": "made up"}, CALL, OUTPUT),
        "invalid_encrypted_content",
        None,
    ),
    "a phase of the user": (responses(user("x") | {"phase": "commentary"}), "invalid_value", "input[0].phase"),
    "a picture of nothing": (
        responses({"role": "user", "content": [{"type": "input_image"}]}),
        "invalid_value",
        "input[0].content[0]",
    ),
    "an unknown inclusion": (responses(include=["everything"]), "invalid_value", "include[0]"),
    "encrypted reasoning of a model without any": (
        responses(model="gpt-4o", reasoning=None, include=["reasoning.encrypted_content"]),
        None,
        "include",
    ),
    "a long cache key": (responses(prompt_cache_key="x" * 65), "string_above_max_length", "prompt_cache_key"),
    "an unknown format": (responses(text={"format": {"type": "poem"}}), "invalid_value", "text.format.type"),
    "input_text of the assistant": (
        responses({"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}),
        "invalid_value",
        "input[0].content[0]",
    ),
    "streaming": (responses(stream=True), "unsupported_value", "stream"),
    "server state": (responses(previous_response_id="resp_1"), "unsupported_value", "previous_response_id"),
    "small limit": (responses(max_output_tokens=5), "integer_below_min_value", "max_output_tokens"),
    "temperature while reasoning": (
        responses(reasoning={"effort": "low"}, temperature=0.1),
        "unsupported_parameter",
        "temperature",
    ),
    "an effort the model lacks": (
        responses(model="gpt-6.1-sol"),
        "unsupported_value",
        "reasoning.effort",
    ),
    "bad strict schema": (
        responses(tools=[FLAT_TOOLS[0] | {"parameters": {"type": "object", "properties": {}}}]),
        "invalid_function_parameters",
        "tools[0].parameters",
    ),
    "too long an input": (
        responses(user("x" * 500_000), model="gpt-4o", reasoning=None),
        "context_length_exceeded",
        "input",
    ),
}


@pytest.mark.parametrize(("body", "code", "param"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(body: dict[str, Any], code: str | None, param: str | None) -> None:
    with pytest.raises(ApiError) as caught:
        Responses().read(body)
    error = caught.value.body["error"]
    assert (caught.value.status, error["code"], error["param"]) == (400, code, param)


def test_tools_with_reasoning_are_welcome_here() -> None:
    Responses().read(responses(reasoning={"effort": "high"}))
    Responses().read(responses(model="gpt-6.1-sol", reasoning=None))


def test_text_beside_calls_is_one_utterance() -> None:
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Déjame buscar…"}]}
    ask = Responses().read(
        responses(user("x"), said, CALL, CALL | {"call_id": "call_2"}, OUTPUT, OUTPUT | {"call_id": "call_2"})
    )
    spoken = ask.conversation.utterances[1]
    assert spoken.text == "Déjame buscar…"
    assert [call.id for call in spoken.calls] == ["call_1", "call_2"]


def test_an_answer_goes_back_whole_or_not_at_all() -> None:
    endpoint = Responses()
    ask = endpoint.read(responses(user("x"), reasoning={"effort": "low"}, include=["reasoning.encrypted_content"]))
    reply = Reply("Déjame buscar…", (Call("search_courses", "{}", "call_1"),))
    output = endpoint.write(ask, reply, NOTHING)["output"]
    assert [item["type"] for item in output] == ["reasoning", "message", "function_call"]
    assert output[1]["phase"] == "commentary"
    assert output[0]["encrypted_content"]
    assert output[2]["id"].startswith("fc_")

    endpoint.read(responses(user("x"), *output, OUTPUT))
    with pytest.raises(ApiError, match="without its 'reasoning' item"):
        endpoint.read(responses(user("x"), *output[1:], OUTPUT))
    with pytest.raises(ApiError, match="came without the item that has to follow"):
        endpoint.read(responses(user("x"), output[0]))
    with pytest.raises(ApiError, match="came without the item that has to follow"):
        endpoint.read(responses(output[0], user("x")))


def test_reasoning_goes_back_with_its_content_and_to_its_own_model_only() -> None:
    endpoint = Responses()
    asked = {"reasoning": {"effort": "low"}, "include": ["reasoning.encrypted_content"]}
    ask = endpoint.read(responses(user("x"), **asked))
    thought, *said = endpoint.write(ask, Reply("Listo."), NOTHING)["output"]
    with pytest.raises(ApiError, match="could not be verified"):
        endpoint.read(responses(user("x"), thought, *said, model="gpt-6-sol"))
    with pytest.raises(ApiError, match="not found") as missing:
        endpoint.read(responses(user("x"), {**thought, "encrypted_content": None}, *said))
    assert missing.value.status == 404


def test_a_cut_answer_is_incomplete() -> None:
    endpoint = Responses()
    written = endpoint.write(endpoint.read(responses()), Reply("Ho", finish_reason="length"), NOTHING)
    assert (written["status"], written["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    calling = Reply(None, (Call("a", "{}", "1"), Call("a", '{"q', "2")), finish_reason="length")
    items = endpoint.write(endpoint.read(responses()), calling, NOTHING)["output"]
    assert [item["status"] for item in items] == ["completed", "incomplete"]


def test_an_answer_may_fail_in_its_body() -> None:
    endpoint = Responses()
    written = endpoint.write(endpoint.read(responses()), Reply("Hola."), NOTHING)
    failed = endpoint.failed(written, "server_error")
    assert (failed["status"], failed["error"]["code"], failed["output"]) == ("failed", "server_error", [])
