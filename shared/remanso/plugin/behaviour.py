"""How a bot behaves, as client.toml says it: each section with its unit, and with what holds where it is not given."""

from datetime import date, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from remanso.plugin.model_profile import Dollars, Profile
from remanso.plugin.section import Seconds, Section

BuiltinTool = Literal["save_contact", "handoff", "send_buttons", "send_list", "request_location"]


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
    `tokens` and `dollars` that one call for it may use; without them those of `limits` hold for it once more.
    """

    enabled: bool = True
    words: Annotated[int, Field(ge=20, le=500)] = 150
    seconds: Seconds = 8.0
    tokens: Annotated[int, Field(gt=0)] | None = None
    dollars: Dollars | None = None
    model: Profile | None = None

    def within(self, limits: Limits) -> Limits:
        """What one summary may use beside a turn with these limits."""
        tokens = limits.tokens if self.tokens is None else self.tokens
        dollars = limits.dollars if self.dollars is None else self.dollars
        return limits.model_copy(update={"tokens": tokens, "dollars": dollars})


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
    """Minutes after a person's last message, or a handoff to which nobody came, until the bot has the word again.

    It answers what nobody has answered by then.
    """

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
