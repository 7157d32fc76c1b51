"""client.toml: everything a business decides about its bot, as one typed, frozen object.

Unknown keys are errors, so that a misspelt setting is named instead of ignored. Secrets stand here only by the name of
the environment variable that holds them.
"""

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from pydantic import Field, ValidationError, field_validator, model_validator

from remanso.errors import ConfigurationError
from remanso.plugin.complaints import told
from remanso.plugin.emoji_policy import Emoji
from remanso.plugin.model_profile import Dollars, ModelProfile, Profile
from remanso.plugin.phrases import SAID_BY_DEFAULT
from remanso.plugin.section import Seconds, Section, VariableName
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
BuiltinTool = Literal["save_contact", "handoff", "send_buttons", "send_list", "request_location"]
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


class Burst(Section):
    """Seconds of silence that end a burst, fewer when it looks finished, and the longest wait since its start.

    `adaptive`: the quiet times follow each contact's own rhythm, between `shortest` and `longest`.
    """

    quiet: Seconds = 4.0
    quiet_when_finished: Seconds = 1.5
    longest: Seconds = 20.0
    adaptive: bool = False
    shortest: Seconds = 1.0

    @model_validator(mode="after")
    def _longest_is_longest(self) -> "Burst":
        if self.longest < max(self.quiet, self.quiet_when_finished):
            raise ValueError("`longest` must not be shorter than `quiet` and `quiet_when_finished`")
        if self.adaptive and self.longest < self.shortest:
            raise ValueError("`longest` must not be shorter than `shortest`")
        return self


class Limits(Section):
    """What one turn may spend, where given also tokens and US dollars; turns that one agent works on at a time."""

    steps: Annotated[int, Field(gt=0)] = 6
    calls: Annotated[int, Field(gt=0)] = 10
    seconds: Seconds = 90
    tokens: Annotated[int, Field(gt=0)] | None = None
    dollars: Dollars | None = None
    turns_at_once: Annotated[int, Field(gt=0)] | None = None
    """Without it half of an agent's slots, or all of them where it serves nobody else."""


class Summary(Section):
    """What no longer fits into the model's history is summed up by a model call, or merely left out.

    `words` at most; `seconds` that a turn may wait for it; `model` makes it, else the client's own does.
    """

    enabled: bool = True
    words: Annotated[int, Field(ge=20, le=500)] = 150
    seconds: Seconds = 8.0
    model: Profile | None = None


class MinutePrice(Section):
    """US dollars per minute of sound turned into words, and the day from which they hold."""

    per_minute: Dollars
    valid_from: date


class Media(Section):
    """What one turn may spend on the files a contact sent: how many, seconds, megabytes of one, minutes of sound."""

    files: Annotated[int, Field(ge=0)] = 10
    seconds: Seconds = 15.0
    image_megabytes: Annotated[float, Field(gt=0, le=5)] = 5.0
    audio_megabytes: Annotated[float, Field(gt=0, le=16)] = 16.0
    minutes: Annotated[float, Field(ge=0)] = 10.0
    """0 hears nothing."""
    images: Annotated[int, Field(ge=0)] = 4
    """Shown to the model at a time."""
    keep_days: Annotated[float, Field(gt=0)] = 7.0
    keywords: tuple[str, ...] = ()
    """Words that sound is likely to hold: names of products, of people."""
    price: MinutePrice | None = None


class Retention(Section):
    """For how many days rows are kept. None: until their contact is forgotten. Bytes of files: `media.keep_days`.

    What is under way (an open turn, what waits to be sent) is never too old. Meta may send a webhook again for 7 days,
    and a message that was deleted before then would be taken for a new one.
    """

    messages_days: Annotated[int, Field(ge=8)] | None = None
    traces_days: Annotated[int, Field(ge=1)] = 90
    """How turns were worked on: drafts, thoughts, tool calls with their results, superseded summaries."""
    receipts_days: Annotated[int, Field(ge=8)] = 90
    reports_days: Annotated[int, Field(ge=8)] = 90
    """What Meta reported about numbers and templates."""
    audit_days: Annotated[int, Field(ge=30)] = 730
    silent_days: Annotated[int, Field(ge=8)] | None = None
    """Contacts with whom nothing was said for so long are forgotten."""


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
    """A turn open for longer than `seconds` gets the fallback text; after `give_up_minutes` a person is asked for."""

    seconds: Seconds = 25
    give_up_minutes: Annotated[float, Field(gt=0)] = 60

    @property
    def give_up(self) -> timedelta:
        return timedelta(minutes=self.give_up_minutes)

    @model_validator(mode="after")
    def _hopes_before_it_gives_up(self) -> "Patience":
        if self.give_up_minutes * 60 <= self.seconds:
            raise ValueError("`give_up_minutes` must be longer than `seconds`")
        return self


class Flood(Section):
    """More messages of one contact than this within `seconds`, or more turns, are not handed to the bot."""

    messages: Annotated[int, Field(gt=0)] = 40
    seconds: Seconds = 60
    turns_per_hour: Annotated[int, Field(ge=0)] = 60
    turns_per_day: Annotated[int, Field(ge=0)] = 300
    """0 is no limit."""


class Feedback(Section):
    """Minutes of silence after which feedback is asked for; 0 means never. At most once in `every_days`."""

    after_minutes: Annotated[float, Field(ge=0, le=23 * 60)] = 0
    """Less than the 24 hours in which the question may be sent at all."""
    every_days: Annotated[float, Field(gt=0)] = 30
    reason_minutes: Annotated[float, Field(gt=0)] = 60
    """For so long after a No the contact's next text is taken as the reason."""


class Takeover(Section):
    """Minutes after a person's last message until the bot takes the conversation back."""

    minutes: Annotated[float, Field(gt=0)] = 30


class Presence(Section):
    """What contacts see while the bot answers: that they were read, and "typing…" (which says that, too)."""

    read: bool = True
    typing: bool = True


class Tools(Section):
    """Which of Remanso's own tools the model gets besides the client's."""

    builtin: tuple[BuiltinTool, ...] = ()


class Grounding(Section):
    """The check of what the bot says: `facts` hold besides those of the prompt, links to `hosts` are let pass."""

    enabled: bool = True
    facts: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


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
        if self.credit.enabled and self.summary.enabled and self.summary.model and not self.summary.model.prices:
            raise ValueError("`prices` are missing in `summary.model`, and `credit` cannot do without")
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
