"""`[model]`: combinations that servers refuse are refused when the client is loaded; prices hold from their day."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from remanso.plugin.model_profile import USUAL_WINDOW, ModelProfile, Price
from services.simulator.openai.chat import ChatCompletions
from services.simulator.openai.errors import ApiError
from services.simulator.openai.models import MODELS
from services.simulator.openai.responses import Responses
from tests.unit.simulator.openai_bodies import chat, responses

EFFORTS = ("omit", "none", "minimal", "low", "medium", "high", "xhigh", "max")


@pytest.mark.parametrize(
    ("profile", "told"),
    [
        ({"model": "gpt-6-astra"}, 'takes tools only with api = "responses"'),
        ({"model": "gpt-6.1-sol", "reasoning_effort": "low"}, 'takes tools only with api = "responses"'),
        ({"model": "gpt-6-luna", "reasoning_effort": "low"}, 'only with reasoning_effort = "none"'),
        ({"model": "gpt-6-luna", "reasoning_effort": "omit"}, 'only with reasoning_effort = "none"'),
        ({"model": "gpt-6-luna", "api": "responses", "reasoning_effort": "minimal"}, "takes no reasoning_effort"),
        ({"model": "gpt-6.1-sol", "api": "responses"}, "takes no reasoning_effort"),
        ({"model": "gpt-4o-mini"}, 'does not reason: set reasoning_effort = "omit"'),
        ({"model": "gpt-6-luna", "max_tokens_field": "max_tokens"}, "takes no `max_tokens`"),
        (
            {"model": "llama", "api": "responses", "max_tokens_field": "max_tokens"},
            '`max_tokens_field` is for api = "chat"',
        ),
        ({"model": "llama", "api": "responses", "max_output_tokens": 8}, "at least 16"),
        ({"model": "llama", "window": 500}, "leaves no room for a prompt"),
        ({"model": "llama", "reasoning_effort": "low", "temperature": 0.3}, "`temperature` goes only with"),
        (
            {"model": "gpt-6-luna", "api": "responses", "reasoning_effort": "omit", "temperature": 0.3},
            "`temperature` goes only with",
        ),
        ({"model": "llama", "base_url": "http://localhost:8000/v1"}, "`base_url` needs an `api_key`"),
        ({"model": "llama", "base_url": "localhost:8000"}, "base_url"),
        ({"model": "llama", "api_key": "sk-pasted"}, "api_key"),
        ({"model": "llama", "fallback": {"model": "llama"}}, "the same model at the same place"),
        ({"model": "gpt-6-luna", "fallback": {"model": "gpt-6-astra"}}, 'takes tools only with api = "responses"'),
    ],
    ids=str,
)
def test_known_wrong_combinations_are_told(profile: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ModelProfile.model_validate(profile)
    assert told in str(refused.value)


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("model", sorted(MODELS))
def test_what_we_let_through_is_what_openai_takes(model: str, effort: str) -> None:
    """Both ways, for every model and effort: nothing wrong is let through, nothing right is refused."""
    for api in ("chat", "responses"):
        assert _ours(model, effort, api) == _theirs(model, effort, api), (api, model, effort)


def _ours(model: str, effort: str, api: str) -> bool:
    try:
        ModelProfile.model_validate({"model": model, "reasoning_effort": effort, "api": api})
    except ValidationError:
        return False
    return True


def _theirs(model: str, effort: str, api: str) -> bool:
    asked = None if effort == "omit" else effort
    try:
        if api == "chat":
            ChatCompletions().read(chat(model=model, reasoning_effort=asked))
        else:
            Responses().read(responses(model=model, reasoning=asked and {"effort": asked}))
    except ApiError:
        return False
    return True


def test_the_window_is_known_for_known_models() -> None:
    windows = {name: ModelProfile.model_construct(model=name).context_window for name in MODELS}
    assert windows == {name: model.window for name, model in MODELS.items()}
    assert ModelProfile(model="llama").context_window == USUAL_WINDOW
    assert ModelProfile(model="llama", window=8_000).context_window == 8_000


def test_the_price_is_that_of_the_day() -> None:
    def price(day: str, dollars: int) -> dict[str, Any]:
        return {"input": dollars, "cached": 0, "output": 0, "valid_from": day}

    profile = ModelProfile.model_validate(
        {"model": "llama", "prices": [price("2026-12-01", 2), price("2026-11-01", 1)]}
    )
    prices = [profile.price_on(date(2026, *day)) for day in ((10, 31), (11, 1), (11, 30), (12, 1))]
    assert [found.input if isinstance(found, Price) else None for found in prices] == [None, 1, 1, 2]
    with pytest.raises(ValidationError, match="the same day"):
        ModelProfile.model_validate({"model": "llama", "prices": [price("2026-12-01", 2)] * 2})
