"""client.toml: everything a business decides about its bot, as one typed, frozen object.

Unknown keys are errors, so that a misspelt setting is named instead of ignored. Secrets stand here only by the name of
the environment variable that holds them.
"""

import tomllib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from remanso.errors import ConfigurationError

Language = Literal["es", "en"]
TextName = Literal["fallback", "failed", "feedback", "no_credit"]
SecretName = Literal["app_secret", "app_secret_previous", "verify_token", "access_token"]

Digits = Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
VariableName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
Seconds = Annotated[float, Field(gt=0)]
Dollars = Annotated[Decimal, Field(ge=0)]


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Channel(Section):
    """One WhatsApp number. Webhooks are routed by `phone_number_id`; `display_number` is for people's eyes."""

    phone_number_id: Digits
    display_number: str
    account: Digits
    """The WhatsApp Business Account the number belongs to."""


class Secrets(Section):
    """Names of environment variables. The one behind `app_secret_previous` may be unset: it only bridges a reset."""

    app_secret: VariableName
    app_secret_previous: VariableName | None = None
    verify_token: VariableName
    access_token: VariableName


class Price(Section):
    """US dollars per million tokens, and the day from which they hold."""

    input: Dollars
    cached: Dollars
    cache_write: Dollars = Decimal(0)
    output: Dollars
    valid_from: date


class ModelProfile(Section):
    model: Annotated[str, Field(min_length=1)]
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] = "none"
    max_output_tokens: Annotated[int, Field(gt=0)] = 800
    history_turns: Annotated[int, Field(ge=0)] = 20
    price: Price | None = None
    """Without it, what the model costs is not known and not counted."""


class Burst(Section):
    """Seconds of silence that end a burst, fewer when it looks finished, and the longest wait since its start."""

    quiet: Seconds = 4.0
    quiet_when_finished: Seconds = 1.5
    longest: Seconds = 20.0

    @model_validator(mode="after")
    def _longest_is_longest(self) -> "Burst":
        if self.longest < max(self.quiet, self.quiet_when_finished):
            raise ValueError("`longest` must not be shorter than `quiet` and `quiet_when_finished`")
        return self


class Limits(Section):
    """What one turn may spend: model calls, tool calls, seconds, and where given tokens and US dollars."""

    steps: Annotated[int, Field(gt=0)] = 6
    calls: Annotated[int, Field(gt=0)] = 10
    seconds: Seconds = 90
    tokens: Annotated[int, Field(gt=0)] | None = None
    dollars: Dollars | None = None


class Credit(Section):
    """What contacts and the client itself may spend on the model, in US dollars. None: no limit of that kind."""

    enabled: bool = False
    contact_dollars: Dollars | None = None
    """Granted to each contact with the first call in each period, and gone at its end."""
    contact_period: Literal["day", "month"] = "month"
    client_dollars: Dollars | None = None
    """Granted to the client with the first call in each month, and gone at its end."""

    @model_validator(mode="after")
    def _limits_somebody(self) -> "Credit":
        if self.enabled and self.contact_dollars is None and self.client_dollars is None:
            raise ValueError("`contact_dollars` or `client_dollars` must say what may be spent")
        return self


class Patience(Section):
    """A turn open for longer than this gets the fallback text."""

    seconds: Seconds = 25


class Flood(Section):
    """More messages of one contact than this within `seconds` are not handed to the bot."""

    messages: Annotated[int, Field(gt=0)] = 40
    seconds: Seconds = 60


class Feedback(Section):
    """Minutes of silence after which feedback is asked for; 0 means never."""

    after_minutes: Annotated[float, Field(ge=0)] = 0


class Takeover(Section):
    """Minutes after a person's last message until the bot takes the conversation back."""

    minutes: Annotated[float, Field(gt=0)] = 30


class Texts(Section):
    """What the bot says without asking the model, in one language."""

    fallback: Annotated[str, Field(min_length=1)]
    failed: Annotated[str, Field(min_length=1)]
    feedback: Annotated[str, Field(min_length=1)]
    no_credit: Annotated[str, Field(min_length=1)] | None = None
    """Needed where credit is enabled."""


class ClientConfig(Section):
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
    """Also the path segment of the client's webhook."""
    title: Annotated[str, Field(min_length=1)]
    language: Language = "es"
    timezone: str
    package: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
    requires: str
    """Versions of remanso this client works with, such as `>=0.1,<1`."""
    channels: Annotated[tuple[Channel, ...], Field(min_length=1)]
    secrets: Secrets
    model: ModelProfile
    burst: Burst = Burst()
    limits: Limits = Limits()
    credit: Credit = Credit()
    patience: Patience = Patience()
    flood: Flood = Flood()
    feedback: Feedback = Feedback()
    takeover: Takeover = Takeover()
    texts: dict[Language, Texts]

    def text(self, name: TextName, language: str | None = None) -> str:
        """The text called `name` in `language` (`en`, `en-GB`, …), or in the client's own where that one is missing."""
        wanted = (language or "").replace("_", "-").partition("-")[0].lower()
        texts = next((texts for key, texts in self.texts.items() if key == wanted), self.texts[self.language])
        return str(getattr(texts, name))

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (LookupError, ValueError, OSError):
            raise ValueError("no such IANA time zone") from None
        return name

    @field_validator("requires")
    @classmethod
    def _readable_range(cls, text: str) -> str:
        try:
            SpecifierSet(text)
        except InvalidSpecifier:
            raise ValueError("expected conditions such as `>=0.1,<1`") from None
        return text

    @field_validator("channels")
    @classmethod
    def _no_number_twice(cls, channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
        if len({channel.phone_number_id for channel in channels}) < len(channels):
            raise ValueError("the same phone_number_id stands here twice")
        return channels

    @model_validator(mode="after")
    def _speaks_its_language(self) -> "ClientConfig":
        if self.language not in self.texts:
            raise ValueError(f"`texts.{self.language}` is missing, and `{self.language}` is the client's language")
        return self

    @model_validator(mode="after")
    def _can_be_paid_for(self) -> "ClientConfig":
        if (self.credit.enabled or self.limits.dollars is not None) and self.model.price is None:
            raise ValueError("`model.price` is missing, and `credit` and `limits.dollars` cannot do without")
        silent = [language for language, texts in self.texts.items() if texts.no_credit is None]
        if self.credit.enabled and silent:
            raise ValueError(f"`texts.{silent[0]}.no_credit` is missing, and `credit` is enabled")
        return self


def read_config(path: Path) -> ClientConfig:
    """The configuration in the file `path`.

    Raises:
        ConfigurationError: naming every problem of the file at once, without repeating any value found in it.
    """
    try:
        return ClientConfig.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as problem:
        raise ConfigurationError(f"{path.name} cannot be read: {problem.strerror}") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"{path.name} is not TOML: {problem}") from None
    except ValidationError as problem:
        raise ConfigurationError(f"{path.name}: " + "; ".join(_told(problem))) from None


def _told(problem: ValidationError) -> list[str]:
    return [f"{'.'.join(map(str, error['loc'])) or 'client'}: {error['msg']}" for error in problem.errors()]
