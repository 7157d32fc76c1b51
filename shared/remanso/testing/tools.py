"""Running a client's tools without a stack: the same parsing, time limit and result as in the agent."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from remanso.plugin.catalogue import Catalogue
from remanso.plugin.config import Channel, ClientConfig, Secrets, Texts
from remanso.plugin.context import ContactView, ToolContext
from remanso.plugin.model_profile import ModelProfile
from remanso.plugin.tools import Tool, ToolResult
from remanso.testing.catalogue import catalogue_of

NOW = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)
"""A Wednesday at noon in Buenos Aires: when it is, unless a test says otherwise."""

_ID = UUID(int=0)


@dataclass(frozen=True, kw_only=True)
class RecordingContext(ToolContext):
    """A context whose writes end in lists: `saved` (what was learned about the contact) and `handoffs` (reasons).

    What a tool sends is in `outbox`, as in service.
    """

    saved: list[dict[str, Any]] = field(default_factory=list)
    handoffs: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Recorder:
    saved: list[dict[str, Any]]
    handoffs: list[str]

    async def save_contact(
        self, name: str | None, email: str | None, language: str | None, facts: Mapping[str, Any]
    ) -> None:
        given = {"name": name, "email": email, "language": language, **facts}
        self.saved.append({key: value for key, value in given.items() if value is not None})

    async def hand_off(self, reason: str) -> None:
        self.handoffs.append(reason)


@dataclass(frozen=True)
class Ran(ToolResult):
    """What a tool gave: `content` as the model reads it, `data` the same decoded, `verbatim` for the contact."""

    @property
    def data(self) -> Any:
        """Raises ValueError when the tool gave plain text."""
        return json.loads(self.content)


def tool_context(
    client: ClientConfig | None = None,
    contact: ContactView | None = None,
    *,
    call_id: str = "call_1",
    catalogue: Catalogue | None = None,
    now: datetime = NOW,
) -> RecordingContext:
    """A context for `run_tool`. Without `client` it is that of a made-up business speaking Spanish.

    `catalogue` as made by `seeded_catalogue` or `catalogue_of`; without it the business has no collections.
    """
    saved: list[dict[str, Any]] = []
    handoffs: list[str] = []
    return RecordingContext(
        client=client or _made_up_client(),
        contact=contact or ContactView(),
        conversation_id=_ID,
        turn_id=_ID,
        now=now,
        catalogue=catalogue or catalogue_of(()),
        call_id=call_id,
        idempotency_key=f"{_ID}:{call_id}",
        records=_Recorder(saved, handoffs),
        saved=saved,
        handoffs=handoffs,
    )


async def run_tool(tool: Tool, ctx: ToolContext, **arguments: Any) -> Ran:
    """Runs a tool on arguments as a model would write them.

    Raises:
        BadInput: the arguments do not fit the tool's signature.
        TimeoutError: it took longer than its own timeout.
    """
    parsed = tool.parse(json.dumps(arguments))
    async with asyncio.timeout(tool.timeout):
        result = await tool.run(ctx, parsed)
    return Ran(result.content, result.verbatim)


def _made_up_client() -> ClientConfig:
    texts = Texts(fallback="…", failed="…", feedback="…")
    return ClientConfig(
        name="example",
        title="Example",
        timezone="America/Argentina/Buenos_Aires",
        package="example_bot",
        requires=">=0",
        channels=(Channel(phone_number_id="1", display_number="1", account="1"),),
        secrets=Secrets(app_secret="A", verify_token="B", access_token="C"),  # noqa: S106 - names of variables
        model=ModelProfile(model="example"),
        texts={"es": texts, "en": texts},
    )
