"""`[model]` in client.toml: which model answers, where, by which rules and at what price, and who answers instead.

Combinations that a server is known to refuse are refused here, when the client is loaded, and not by a 400 in the
middle of somebody's conversation.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from remanso.plugin.known_models import KnownModel, known_model
from remanso.plugin.section import Section, VariableName

Api = Literal["chat", "responses"]
Effort = Literal["omit", "none", "minimal", "low", "medium", "high", "xhigh", "max"]
Dollars = Annotated[Decimal, Field(ge=0)]
Tokens = Annotated[int, Field(gt=0)]

USUAL_WINDOW = 128_000
LEAST_OUTPUT = 16
"""Tokens; Responses takes no lower limit."""


class Price(Section):
    """US dollars per million tokens, and the day (UTC) from which they hold."""

    input: Dollars
    cached: Dollars
    cache_write: Dollars = Decimal(0)
    output: Dollars
    valid_from: date


class Profile(Section):
    """One model and the rules by which it is asked."""

    model: Annotated[str, Field(min_length=1)]
    api: Api = "chat"
    base_url: Annotated[str, Field(pattern=r"^https?://")] | None = None
    """Of another server than the agents' own; the part before `/chat/completions`."""
    api_key: VariableName | None = None
    """The variable with this server's key; none means the agents' own key."""
    reasoning_effort: Effort = "none"
    """`omit` sends nothing: for models that do not reason and servers that do not know the word."""
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_output_tokens: Tokens = 800
    max_tokens_field: Literal["max_completion_tokens", "max_tokens"] = "max_completion_tokens"
    window: Tokens | None = None
    """Tokens of prompt and answer together; none means what is known of the model, or `USUAL_WINDOW`."""
    vision: bool = False
    """Whether it takes pictures."""
    plain: bool = False
    """Leaves out what only OpenAI knows, for servers that refuse it."""
    prices: tuple[Price, ...] = ()
    """Without one, what the model costs is not known and not counted."""

    @property
    def context_window(self) -> int:
        """Tokens that prompt and answer may have together."""
        if self.window is not None:
            return self.window
        known = known_model(self.model)
        return known.window if known else USUAL_WINDOW

    @property
    def effort(self) -> str:
        """The reasoning effort in force; `omit` where nobody but the server knows."""
        known = known_model(self.model)
        return known.default_effort if known and self.reasoning_effort == "omit" else self.reasoning_effort

    def price_on(self, day: date) -> Price | None:
        """The price that holds on `day`; None where none holds yet."""
        begun = [price for price in self.prices if price.valid_from <= day]
        return max(begun, key=lambda price: price.valid_from, default=None)

    @field_validator("prices")
    @classmethod
    def _no_day_twice(cls, prices: tuple[Price, ...]) -> tuple[Price, ...]:
        if len({price.valid_from for price in prices}) < len(prices):
            raise ValueError("two prices begin on the same day")
        return prices

    @model_validator(mode="after")
    def _is_taken_by_servers(self) -> "Profile":
        known = known_model(self.model)
        problems = [*_of_itself(self), *(_of_the_model(self, known) if known else ())]
        if problems:
            raise ValueError("; ".join(problems))
        return self


class ModelProfile(Profile):
    """The client's model. `fallback` is asked where this one is unavailable, by rules of its own."""

    history_turns: Annotated[int, Field(ge=0)] = 20
    """Most earlier turns that are shown; 0 shows none."""
    history_tokens: Tokens = 16_000
    """Most tokens of them, as far as the window has room."""
    fallback: Profile | None = None

    @property
    def profiles(self) -> tuple[Profile, ...]:
        """In the order in which they are asked."""
        return (self,) if self.fallback is None else (self, self.fallback)

    @model_validator(mode="after")
    def _fallback_is_another(self) -> "ModelProfile":
        other = self.fallback
        if other and (other.model, other.base_url, other.api_key) == (self.model, self.base_url, self.api_key):
            raise ValueError("`fallback` is the same model at the same place: it would be unavailable at the same time")
        return self


def _of_itself(profile: Profile) -> Iterator[str]:
    if profile.base_url is not None and profile.api_key is None:
        yield "`base_url` needs an `api_key`: the agents' own key is not shown to other servers"
    if profile.temperature is not None and profile.effort not in ("omit", "none"):
        yield f'`temperature` goes only with reasoning_effort = "none" or "omit", not with "{profile.effort}"'
    if profile.api == "responses" and profile.max_tokens_field == "max_tokens":
        yield '`max_tokens_field` is for api = "chat"'
    if profile.api == "responses" and profile.max_output_tokens < LEAST_OUTPUT:
        yield f'`max_output_tokens` must be at least {LEAST_OUTPUT} with api = "responses"'
    if profile.max_output_tokens >= profile.context_window:
        yield "`max_output_tokens` leaves no room for a prompt in the `window`"


def _of_the_model(profile: Profile, known: KnownModel) -> Iterator[str]:
    """A bot always has tools, so what a model does with tools is asked too."""
    if not known.reasons and profile.reasoning_effort != "omit":
        yield f'{known.family} does not reason: set reasoning_effort = "omit"'
    elif known.reasons and profile.reasoning_effort not in ("omit", *known.efforts):
        offered = ", ".join(known.efforts)
        yield f'{known.family} takes no reasoning_effort of "{profile.reasoning_effort}", only {offered}'
    elif profile.api == "chat" and known.tools_on_chat == "without_reasoning" and profile.effort != "none":
        yield f'{known.family} takes tools in chat only with reasoning_effort = "none"; or set api = "responses"'
    if profile.api == "chat" and known.tools_on_chat == "never":
        yield f'{known.family} takes tools only with api = "responses"'
    if known.reasons and profile.max_tokens_field == "max_tokens":
        yield f"{known.family} takes no `max_tokens`: leave max_tokens_field as it is"
