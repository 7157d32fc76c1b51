"""Request bodies: whatever rows there are, both APIs get a body that OpenAI takes; rules of profiles are kept."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remanso.plugin.model_profile import ModelProfile, Profile
from services.agent.asking import BotText, Call, CallResult, ContactText, Instruction, ModelRequest, PromptItem
from services.agent.models.endpoints import Place
from services.agent.models.pairing import INTERRUPTED, paired
from services.agent.models.port import ADAPTERS
from services.agent.models.window import fits
from services.agent.prompt import build_prompt
from services.agent.scene import Scene
from services.simulator.openai.chat import ChatCompletions
from services.simulator.openai.responses import Responses
from tests.support.agents import Runs, made_up_client, tools
from tests.support.pairing import assert_all_pair
from tests.unit.agent.test_prompt import call, message, scene

CHAT = ModelProfile(model="gpt-6-luna")
RESPONSES = ModelProfile(model="gpt-6-luna", api="responses", reasoning_effort="low")
HERE = Place("https://api.example/v1", "", "gpt-6-luna")
CLIENT = made_up_client(Runs())
IDS = st.sampled_from(["", "call_0", "call_1", "c" * 64])


def request(items: Sequence[PromptItem], profile: ModelProfile = CHAT) -> ModelRequest:
    return ModelRequest(
        profile, items, tools(Runs()), True, "turn/1/1", "school", datetime(2026, 11, 25, tzinfo=UTC), 60
    )


def body(items: Sequence[PromptItem], profile: ModelProfile = CHAT, place: Place = HERE) -> dict[str, Any]:
    """As it goes over the wire."""
    made = ADAPTERS[profile.api].body(request(items, profile), profile, place, paired(items))
    return {key: value for key, value in made.items() if key != "extra_headers"}


def assert_taken(items: Sequence[PromptItem]) -> None:
    chat, responses = body(items), body(items, RESPONSES)
    assert assert_all_pair([chat, responses]) == 2
    ChatCompletions().read(chat)
    Responses().read(responses)


@st.composite
def stored(draw: st.DrawFn) -> Scene:
    """Rows of a few turns: texts, calls under any ids (the same again, none, too long), results that may be missing."""
    log, calls, step = [], [], 100
    for number in range(1, draw(st.integers(1, 3)) + 1):
        for author in draw(st.lists(st.sampled_from(["contact", "bot", "human"]), max_size=5)):
            step += 1
            words = draw(st.sampled_from(["", "hola"]))
            log.append(message(author, words, None if author == "human" else number, step if author == "bot" else None))
            if author == "bot":
                made = draw(st.lists(st.tuples(IDS, st.sampled_from([None, '{"ok":true}'])), max_size=3))
                calls += [
                    replace(call(number, step, place, result), call_id=call_id)
                    for place, (call_id, result) in enumerate(made)
                ]
    return scene(log, calls, now=draw(st.integers(1, 4)))


@settings(deadline=None, max_examples=60)
@given(stored())
def test_whatever_rows_there_are_both_apis_take_the_body(rows: Scene) -> None:
    assert_taken(build_prompt(CLIENT, rows))


MADE = st.builds(Call, IDS, st.just("look"), st.just("{}"))
ITEMS = st.one_of(
    st.builds(Instruction, st.just("Sé breve.")),
    st.builds(ContactText, st.just("hola")),
    st.builds(BotText, st.sampled_from(["", "Busco."]), st.lists(MADE, max_size=3).map(tuple)),
    st.builds(CallResult, IDS, st.sampled_from(["a", "b"])),
)


@settings(deadline=None, max_examples=100)
@given(st.lists(ITEMS, max_size=10))
def test_any_items_are_mended_always_in_the_same_way(items: list[PromptItem]) -> None:
    mended = paired(items)
    assert_taken([Instruction("Sé breve."), *items])
    assert paired(mended) == mended
    assert [item for item in mended if isinstance(item, (Instruction, ContactText))] == [
        item for item in items if isinstance(item, (Instruction, ContactText))
    ]


def test_every_call_gets_its_own_result_or_one_that_says_there_is_none() -> None:
    first, second = Call("a", "look", "{}"), Call("a", "look", '{"query":"b"}')
    items = (
        BotText("", (first, second)),
        CallResult("a", "one"),
        ContactText("y?"),
        CallResult("a", "two"),
        CallResult("stray", "nobody asked"),
        BotText("", (first,)),
    )
    assert paired(items) == [
        BotText("", (first, replace(second, call_id="a_2"))),
        CallResult("a", "one"),
        CallResult("a_2", "two"),
        ContactText("y?"),
        BotText("", (replace(first, call_id="a_3"),)),
        CallResult("a_3", INTERRUPTED),
    ]


def thoughts(origin: str, *places: int) -> dict[str, Any]:
    """Reasoning as rows give it back: tuples have become lists."""
    return {"origin": origin, "thoughts": [[place, {"type": "reasoning", "id": f"rs_{place}"}] for place in places]}


def kinds(items: Sequence[PromptItem], place: Place = HERE) -> list[str]:
    return [item["type"] for item in body(items, RESPONSES, place)["input"]]


def test_what_a_model_thought_goes_back_in_front_of_what_it_led_to() -> None:
    said = BotText("Busco.", (Call("a", "look", "{}"), Call("b", "look", "{}")), thoughts(HERE.origin, 0, 2))
    assert kinds([said])[:5] == ["reasoning", "message", "function_call", "reasoning", "function_call"]


@pytest.mark.parametrize(
    "reasoning",
    [
        None,
        thoughts("api.example gpt-6-sol", 0),
        thoughts("api.example OTHER_KEY gpt-6-luna", 0),
        thoughts(HERE.origin, 7),
    ],
)
def test_foreign_or_homeless_reasoning_stays_away(reasoning: dict[str, Any] | None) -> None:
    assert kinds([BotText("Busco.", (), reasoning)]) == ["message"]
    assert "reasoning" not in str(body([BotText("Busco.", (), reasoning)])["messages"])


def test_responses_are_told_what_was_said_on_the_way_and_what_was_the_answer() -> None:
    said = body([BotText("Busco.", (Call("a", "look", "{}"),)), CallResult("a", "x"), BotText("Es eso.")], RESPONSES)
    assert [item.get("phase") for item in said["input"]] == ["commentary", None, None, "final_answer"]
    assert (said["store"], said["include"]) == (False, ["reasoning.encrypted_content"])


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_a_plain_profile_sends_nothing_that_only_openai_knows(api: str) -> None:
    profile = ModelProfile(model="llama", api=api, plain=True, reasoning_effort="omit", temperature=0.2)
    sent = body([ContactText("hola"), BotText("hola")], profile)
    assert not {"prompt_cache_key", "reasoning_effort", "reasoning", "include"} & sent.keys()
    assert "strict" not in str(sent["tools"])
    assert "phase" not in str(sent)
    assert sent["temperature"] == 0.2


def test_old_servers_get_the_field_they_know() -> None:
    profile = ModelProfile(model="llama", max_tokens_field="max_tokens", max_output_tokens=99)
    sent = body([ContactText("hola")], profile)
    assert (sent["max_tokens"], sent.get("max_completion_tokens")) == (99, None)


def test_what_does_not_fit_the_window_is_known_before_it_is_asked() -> None:
    small = Profile(model="llama", window=4_000, max_output_tokens=800)
    assert fits(request([ContactText("hola")]), small)
    assert not fits(request([ContactText("hola"), BotText("", (Call("a", "look", "x" * 9_000),))]), small)
    assert fits(request([ContactText("x" * 30_000)]), CHAT)
