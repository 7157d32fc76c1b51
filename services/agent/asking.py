"""What is asked of a model and what comes back, in words of ours: no vendor's shape passes this line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from remanso.errors import RemansoError, Unavailable
from remanso.plugin.config import ModelProfile
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
    """What the bot said in one step: text, calls, or both."""

    text: str
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True)
class CallResult:
    call_id: str
    text: str


PromptItem = Instruction | ContactText | BotText | CallResult


@dataclass(frozen=True)
class ModelRequest:
    """`label` names the request in the provider's logs; `cache_key` is the same for prompts that begin alike."""

    profile: ModelProfile
    items: Sequence[PromptItem]
    tools: Sequence[Tool]
    may_call: bool
    label: str
    cache_key: str


@dataclass(frozen=True)
class ModelReply:
    """`usage.finish_reason`: stop, tool_calls, length, content_filter, refusal, or a server's own word."""

    text: str
    calls: tuple[Call, ...]
    usage: Usage


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
