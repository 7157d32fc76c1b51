"""The most a call can use: never less than what it does use."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.plugin.model_profile import ModelProfile, Price, Profile
from services.agent.asking import BotText, Call, CallResult, ContactText, Instruction, ModelRequest, Picture, PromptItem
from services.agent.models.chat import ChatCompletions
from services.agent.models.cost import cost_in_usd
from services.agent.models.endpoints import Place
from services.agent.worst_case import MOST_OF_PICTURE, worst_case
from tests.support.agents import Runs, tools

PRICE = Price.model_validate(
    {"input": "0.10", "cached": "0.01", "cache_write": "0.125", "output": "0.50", "valid_from": "2026-11-01"}
)
PROFILE = ModelProfile(model="gpt-6-luna", max_output_tokens=800, prices=(PRICE,))
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)

words = st.text(max_size=50)
calls = st.builds(Call, words, words, words)
items = st.one_of(
    st.builds(Instruction, words),
    st.builds(ContactText, words),
    st.builds(CallResult, words, words),
    st.builds(BotText, words, st.lists(calls, max_size=3).map(tuple)),
)


def request(*items: PromptItem, profile: ModelProfile = PROFILE) -> ModelRequest:
    return ModelRequest(profile, items, tools(Runs()), True, "label", "key", NOW, 60.0)


def texts(value: object) -> list[str]:
    """Every text in a body: what a server has to read."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for part in parts for text in texts(part)]


@given(st.lists(items, max_size=8))
def test_no_text_of_the_request_is_left_out(items: list[PromptItem]) -> None:
    """A tokenizer gives at most a token for each byte."""
    asked = request(*items)
    body = ChatCompletions().body(asked, PROFILE, Place("http://localhost", "", PROFILE.model), items)
    read = sum(len(text.encode()) for part in ("messages", "tools") for text in texts(body.get(part, [])))
    assert worst_case(asked).tokens >= read + PROFILE.max_output_tokens


@given(st.data())
def test_no_split_of_the_tokens_costs_more(data: st.DataObject) -> None:
    worst = worst_case(request(ContactText("hola")))
    prompt = data.draw(st.integers(0, worst.tokens - PROFILE.max_output_tokens))
    cached = data.draw(st.integers(0, prompt))
    written = data.draw(st.integers(0, prompt - cached))
    completion = data.draw(st.integers(0, PROFILE.max_output_tokens))
    cost = cost_in_usd(PRICE, prompt=prompt, cached=cached, cache_write=written, completion=completion)
    assert cost is not None
    assert worst.dollars is not None
    assert cost <= worst.dollars


@pytest.mark.parametrize("rate", ["input", "cached", "cache_write"])
def test_the_dearest_rate_counts_for_the_whole_prompt(rate: str) -> None:
    price = PRICE.model_copy(update={rate: Decimal(7), "output": Decimal(0)})
    found = worst_case(request(profile=PROFILE.model_copy(update={"prices": (price,)})))
    assert found.dollars == (found.tokens - 800) * Decimal(7) / 1_000_000


def test_without_a_price_nobody_knows() -> None:
    assert worst_case(request(profile=PROFILE.model_copy(update={"prices": ()}))).dollars is None


def test_whoever_answers_is_paid_for() -> None:
    dear = Profile(model="gpt-6-sol", max_output_tokens=900, prices=(PRICE.model_copy(update={"output": Decimal(9)}),))
    with_fallback = worst_case(request(profile=PROFILE.model_copy(update={"fallback": dear})))
    alone = worst_case(request())
    assert with_fallback.tokens == alone.tokens + 100
    assert with_fallback.dollars is not None and alone.dollars is not None
    assert with_fallback.dollars >= alone.dollars + 900 * Decimal(8) / 1_000_000


def test_pictures_and_thoughts_count() -> None:
    shown = ContactText("hola", (Picture("image/png", b"x"),))
    assert worst_case(request(shown)).tokens == worst_case(request(ContactText("hola"))).tokens + MOST_OF_PICTURE
    thought = BotText("hola", (), {"origin": "o", "thoughts": ["x" * 500]})
    assert worst_case(request(thought)).tokens >= worst_case(request(BotText("hola"))).tokens + 500


def test_bytes_count_not_characters() -> None:
    plain, accented = (worst_case(request(ContactText(text))).tokens for text in ("aaaa", "áááá"))
    assert accented - plain == 4
    assert worst_case(replace(request(), tools=())).tokens < worst_case(request()).tokens
