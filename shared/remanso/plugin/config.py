"""client.toml: everything a business decides about its bot, as one typed, frozen object.

Unknown keys are errors, so that a misspelt setting is named instead of ignored. Secrets stand here only by the name of
the environment variable that holds them.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import Field, ValidationError, field_validator, model_validator

from remanso.errors import ConfigurationError
from remanso.plugin.behaviour import (
    Burst,
    Credit,
    Feedback,
    Flood,
    Grounding,
    Limits,
    Media,
    Patience,
    Presence,
    Retention,
    Summary,
    Takeover,
    Tools,
)
from remanso.plugin.complaints import told
from remanso.plugin.emoji_policy import Emoji
from remanso.plugin.model_profile import ModelProfile
from remanso.plugin.phrases import SAID_BY_DEFAULT
from remanso.plugin.section import Section, VariableName
from remanso.plugin.templates import Templates

Language = Literal["es", "en"]
TextName = Literal[
    "fallback",
    "failed",
    "feedback",
    "feedback_yes",
    "feedback_no",
    "feedback_reason",
    "feedback_thanks",
    "flood",
    "emoji",
    "unsure",
    "no_credit",
]
SecretName = Literal[
    "app_secret",
    "app_secret_previous",
    "verify_token",
    "access_token",
    "model.api_key",
    "model.fallback.api_key",
    "summary.model.api_key",
]

Digits = Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
ButtonTitle = Annotated[str, Field(min_length=1, max_length=20)]


class Channel(Section):
    """One WhatsApp number. Webhooks are routed by `phone_number_id`; `display_number` is for people's eyes."""

    phone_number_id: Digits
    display_number: str
    account: Digits
    """The WhatsApp Business Account the number belongs to."""
    throughput: Annotated[float, Field(ge=1)] | None = None
    """Messages per second that Meta allows the number, if not 80: 1000 after an upgrade, 20 beside the phone's app."""


class Secrets(Section):
    """Names of environment variables. The one behind `app_secret_previous` may be unset: it only bridges a reset."""

    app_secret: VariableName
    app_secret_previous: VariableName | None = None
    verify_token: VariableName
    access_token: VariableName


class Texts(Section):
    """What the bot says without asking the model, in one language. Without the optional ones: SAID_BY_DEFAULT."""

    fallback: Annotated[str, Field(min_length=1)]
    failed: Annotated[str, Field(min_length=1)]
    feedback: Annotated[str, Field(min_length=1, max_length=1024)]
    feedback_yes: ButtonTitle | None = None
    feedback_no: ButtonTitle | None = None
    feedback_reason: Annotated[str, Field(min_length=1)] | None = None
    feedback_thanks: Annotated[str, Field(min_length=1)] | None = None
    flood: Annotated[str, Field(min_length=1)] | None = None
    emoji: Annotated[str, Field(min_length=1)] | None = None
    unsure: Annotated[str, Field(min_length=1)] | None = None
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
    summary: Summary = Summary()
    media: Media = Media()
    retention: Retention = Retention()
    emoji: Emoji = Emoji()
    credit: Credit = Credit()
    patience: Patience = Patience()
    flood: Flood = Flood()
    feedback: Feedback = Feedback()
    takeover: Takeover = Takeover()
    presence: Presence = Presence()
    tools: Tools = Tools()
    grounding: Grounding = Grounding()
    templates: Templates = Templates()
    texts: dict[Language, Texts]

    @property
    def secret_variables(self) -> dict[str, str]:
        """The variables of all secrets this client names, by the secret's place in client.toml."""
        named = self.secrets.model_dump(exclude_none=True)
        fallback, summing_up = self.model.fallback, self.summary.model
        keys = {
            "model.api_key": self.model.api_key,
            "model.fallback.api_key": fallback and fallback.api_key,
            "summary.model.api_key": summing_up and summing_up.api_key,
        }
        return named | {name: variable for name, variable in keys.items() if variable}

    def text(self, name: TextName, language: str | None = None) -> str:
        """The text called `name` in `language` (`en`, `en-GB`, …), or in the client's own where that one is missing."""
        wanted = (language or "").replace("_", "-").partition("-")[0].lower()
        spoken = next((key for key in self.texts if key == wanted), self.language)
        return str(getattr(self.texts[spoken], name) or SAID_BY_DEFAULT[spoken][name])

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
    def _has_words_for_emoji(self) -> "ClientConfig":
        missing = [key for key, texts in self.texts.items() if texts.emoji is None]
        if "text" in self.emoji.policies and missing:
            raise ValueError(f'`emoji` says "text", and `texts.{missing[0]}.emoji` is missing')
        return self

    @model_validator(mode="after")
    def _can_be_paid_for(self) -> "ClientConfig":
        if (self.credit.enabled or self.limits.dollars is not None) and not all(
            profile.prices for profile in self.model.profiles
        ):
            raise ValueError(
                "`prices` are missing in `model` or its fallback, and `credit` and `limits.dollars` cannot do without"
            )
        summary, summed_up = self.summary, [self.summary.model] if self.summary.model else self.model.profiles
        counted = self.credit.enabled or summary.within(self.limits).dollars is not None
        if counted and summary.enabled and not all(profile.prices for profile in summed_up):
            where = "`summary.model`" if summary.model else "`model` or its fallback"
            raise ValueError(
                f"`prices` are missing in {where}, and `credit`, `limits.dollars` and `summary.dollars` "
                "cannot do without"
            )
        if self.credit.enabled and self.media.minutes > 0 and self.media.price is None:
            raise ValueError(
                "`media.price` is missing: with `credit`, hearing is paid for too (or `media.minutes = 0`)"
            )
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
        raise ConfigurationError(f"{path.name}: " + "; ".join(told(problem, ClientConfig))) from None
