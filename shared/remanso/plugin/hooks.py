"""Hooks: where a client's own code may have a say in a turn. Each is a typed async function, all of them optional.

    async def opening_hours(ctx: MessageContext) -> Answer | None:
        '''Outside the hours nobody asks the model.'''
        if 9 <= ctx.now.hour < 18:
            return None
        return Answer("Abrimos a las 9. Te respondemos apenas lleguemos.")

    hooks = Hooks(on_message=opening_hours)

A hook has `timeout` seconds. What it raises, or that it was late, is logged and counted, and the turn goes on as if
there were no hook.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Literal

from remanso.errors import ConfigurationError
from remanso.model.content import Choice, Content, Media, Text
from remanso.plugin.context import TurnContext


@dataclass(frozen=True, kw_only=True)
class MessageContext(TurnContext):
    """The burst a turn begins with, in order, as it was sent."""

    messages: tuple[Content, ...]

    @cached_property
    def text(self) -> str:
        """What was written in it, a line for each message: texts, captions and the titles of what was tapped."""
        lines = (_written(content) for content in self.messages)
        return "\n".join(line for line in lines if line)


@dataclass(frozen=True, kw_only=True)
class StepContext(TurnContext):
    """A model call that is about to be made: the turn's `number`th."""

    number: int


@dataclass(frozen=True, kw_only=True)
class StepDoneContext(TurnContext):
    """A model call that was stored. `kept` is False for a draft that goes nowhere; `calls` are the tools asked for."""

    number: int
    text: str
    calls: tuple[str, ...]
    kept: bool


@dataclass(frozen=True, kw_only=True)
class HandoffContext(TurnContext):
    """A person was asked for, and from now on holds the conversation."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class FeedbackContext(TurnContext):
    """What the contact said to the question how it went: `answer` is yes or no, `reason` their own words, if any."""

    answer: Literal["yes", "no"]
    reason: str | None


@dataclass(frozen=True)
class Answer:
    """Texts for the contact, a message each, with which the turn ends: the model is not asked."""

    texts: tuple[str, ...]

    def __init__(self, *texts: str) -> None:
        if not texts or not all(isinstance(text, str) and text.strip() for text in texts):
            raise ValueError("an answer is at least one text, and no empty one")
        object.__setattr__(self, "texts", texts)


OnMessage = Callable[[MessageContext], Awaitable[Answer | None]]
BeforeStep = Callable[[StepContext], Awaitable[str | None]]
AfterStep = Callable[[StepDoneContext], Awaitable[None]]
OnHandoff = Callable[[HandoffContext], Awaitable[None]]
OnFeedback = Callable[[FeedbackContext], Awaitable[None]]


@dataclass(frozen=True)
class Hooks:
    """A client's hooks, and the seconds each of them may take.

    `on_message` may answer a burst without the model. `before_step` may give the model an instruction for one call.
    `after_step`, `on_handoff` and `on_feedback` look on.

    Raises ConfigurationError for what is no async function of one parameter.
    """

    on_message: OnMessage | None = None
    before_step: BeforeStep | None = None
    after_step: AfterStep | None = None
    on_handoff: OnHandoff | None = None
    on_feedback: OnFeedback | None = None
    timeout: float = 3.0

    def __post_init__(self) -> None:
        problems = [f"{name} {problem}" for name, hook in self if (problem := _problem(hook))]
        if not 0 < self.timeout <= LONGEST:
            problems.append(f"timeout must be more than 0 and at most {LONGEST:g} s")
        if problems:
            raise ConfigurationError(f"hooks: {'; '.join(problems)}")

    @property
    def may_write(self) -> bool:
        """Whether something may be written down between reading the rows and asking the model."""
        return self.on_message is not None or self.before_step is not None

    def __iter__(self) -> Iterator[tuple[str, Callable[..., Any]]]:
        """Those there are, by name."""
        named = ((field.name, getattr(self, field.name)) for field in fields(self) if field.name != "timeout")
        return ((name, hook) for name, hook in named if hook is not None)


LONGEST = 10.0
"""Seconds that a turn can wait for a hook."""


def _problem(hook: object) -> str | None:
    if not inspect.iscoroutinefunction(hook):
        return "must be an async function"
    return None if len(inspect.signature(hook).parameters) == 1 else "must take one parameter: its context"


def _written(content: Content) -> str | None:
    match content:
        case Text(text=text):
            return text
        case Media(caption=caption):
            return caption
        case Choice(title=title):
            return title
    return None
