"""The pairing rules of both APIs, applied to request bodies as some server recorded them.

Third-party stand-ins answer a request whose tool result is missing; OpenAI does not. Written apart from the product's
own repair and from the simulator's own check, so that neither is its own judge.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Body = Mapping[str, Any]


def assert_all_pair(bodies: Iterable[Any]) -> int:
    """Every body is one OpenAI would take, as far as calls and results go; gives how many there were."""
    checked = 0
    for body in bodies:
        if "messages" in body:
            _assert_messages(body["messages"])
        else:
            _assert_items(body)
        checked += 1
    return checked


def _assert_messages(messages: Sequence[Body]) -> None:
    """Chat Completions: each call answered once, directly behind the message that made it."""
    unanswered: list[str] = []
    for place, message in enumerate(messages):
        if message["role"] == "tool":
            assert message["tool_call_id"] in unanswered, f"messages[{place}]: a result nobody waits for"
            unanswered.remove(message["tool_call_id"])
            continue
        assert not unanswered, f"messages[{place}]: {unanswered} are not answered yet"
        calls = [call["id"] for call in message.get("tool_calls", ())]
        assert len(set(calls)) == len(calls), f"messages[{place}]: two calls of one id"
        assert all(0 < len(call_id) <= 40 for call_id in calls), f"messages[{place}]: an id no server takes"
        if message["role"] == "assistant":
            assert calls or message.get("content") is not None, f"messages[{place}]: says nothing"
        unanswered = calls
    assert not unanswered, f"the end: {unanswered} are not answered"


def _assert_items(body: Body) -> None:
    """Responses: each call id once, each with one output behind it; reasoning only in front of what it led to."""
    assert body["store"] is False, "kept on the server's side"
    items = body["input"]
    called: list[str] = []
    answered: list[str] = []
    for place, item in enumerate(items):
        match item["type"]:
            case "function_call":
                assert item["call_id"] not in called, f"input[{place}]: a call id for the second time"
                called.append(item["call_id"])
            case "function_call_output":
                assert item["call_id"] in called, f"input[{place}]: an output without a call"
                assert item["call_id"] not in answered, f"input[{place}]: a second output"
                answered.append(item["call_id"])
            case "reasoning":
                following = items[place + 1] if place + 1 < len(items) else {}
                led_to = following.get("role") == "assistant" or following.get("type") in ("function_call", "reasoning")
                assert led_to, f"input[{place}]: reasoning without what it led to"
    assert sorted(called) == sorted(answered), "calls without an output"
