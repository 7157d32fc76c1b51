"""Contexts for a client's hooks: call the hook with one, and look at what it gave and wrote down."""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from remanso.model.content import Content, Text
from remanso.plugin.catalogue import Catalogue
from remanso.plugin.config import ClientConfig
from remanso.plugin.context import ContactView, TurnContext
from remanso.plugin.hooks import MessageContext, StepContext
from remanso.testing.tools import NOW, tool_context


@dataclass(frozen=True, kw_only=True)
class RecordingMessageContext(MessageContext):
    """A context whose writes end in lists: `saved` (what was learned about the contact) and `handoffs` (reasons)."""

    saved: list[dict[str, Any]]
    handoffs: list[str]


def message_context(
    *said: Content | str,
    client: ClientConfig | None = None,
    contact: ContactView | None = None,
    catalogue: Catalogue | None = None,
    now: datetime = NOW,
) -> RecordingMessageContext:
    """For `on_message`: a burst of these messages, plain texts or any kind of content."""
    tool = tool_context(client, contact, catalogue=catalogue, now=now)
    messages = tuple(Text(text=one) if isinstance(one, str) else one for one in said)
    return RecordingMessageContext(**_base(tool), messages=messages, saved=tool.saved, handoffs=tool.handoffs)


def step_context(
    number: int = 1,
    *,
    client: ClientConfig | None = None,
    contact: ContactView | None = None,
    catalogue: Catalogue | None = None,
    now: datetime = NOW,
) -> StepContext:
    """For `before_step`: the turn's `number`th model call."""
    return StepContext(**_base(tool_context(client, contact, catalogue=catalogue, now=now)), number=number)


def _base(ctx: TurnContext) -> dict[str, Any]:
    return {field.name: getattr(ctx, field.name) for field in fields(TurnContext)}
