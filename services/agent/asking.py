"""What is asked of a model and what comes back, in words of ours: no vendor's shape passes this line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from remanso.errors import RemansoError, Unavailable
from remanso.plugin.model_profile import ModelProfile
from remanso.plugin.tools import Tool
from remanso.store.steps import Usage


@dataclass(frozen=True)
class Instruction:
    """Ours: rules and notes, above anything the contact says."""

    text: str


@dataclass(frozen=True)
class Picture:
    mime_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class ContactText:
    """One burst; its pictures are told in the text, in their order."""

    text: str
    pictures: tuple[Picture, ...] = ()


@dataclass(frozen=True)
class Call:
    """A tool call as the model wrote it; `arguments` may be broken JSON."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True)
class BotText:
    """What the bot said in one step: text, calls, or both. `reasoning` is as it came with the reply."""

    text: str
    calls: tuple[Call, ...] = ()
    reasoning: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class CallResult:
    call_id: str
    text: str


PromptItem = Instruction | ContactText | BotText | CallResult


@dataclass(frozen=True)
class ModelRequest:
    """`label` names the request in the provider's logs; `cache_key` is the same for prompts that begin alike.

    `asked_at` is PostgreSQL's time, by which prices hold; `seconds_left` is what the turn may still take.
    """

    profile: ModelProfile
    items: Sequence[PromptItem]
    tools: Sequence[Tool]
    may_call: bool
    label: str
    cache_key: str
    asked_at: datetime
    seconds_left: float


@dataclass(frozen=True)
class ModelReply:
    """`usage.finish_reason`: stop, tool_calls, length, content_filter, refusal, or a server's own word.

    `reasoning` is JSON that only the API and model it came from can read: kept with the step, shown to nobody else.
    """

    text: str
    calls: tuple[Call, ...]
    usage: Usage
    reasoning: Mapping[str, Any] | None = None


class Model(Protocol):
    async def ask(self, request: ModelRequest) -> ModelReply:
        """Raises ModelUnavailable or ModelRefused, and nothing else but a cancellation."""
        ...


class ModelUnavailable(Unavailable):
    """The model could not be asked; it may answer later. `retry_after` in seconds, when the provider said so."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class ModelRefused(RemansoError):
    """This request can never work. `code` is the provider's, or `http_<status>`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
