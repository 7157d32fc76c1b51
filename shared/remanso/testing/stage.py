"""Plays a dialogue on a client's own tools, with a scripted model and records in memory: no server is needed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from remanso.errors import BadInput
from remanso.plugin.catalogue import Catalogue
from remanso.plugin.context import ContactView
from remanso.plugin.registry import Client, load_client
from remanso.plugin.tools import Tool
from remanso.testing.catalogue import seeded_catalogue
from remanso.testing.dialogue import Dialogue, DialogueTurn, Outcome, PlannedCall, differences
from remanso.testing.hooks import RecordingMessageContext, message_context
from remanso.testing.tools import Ran, RecordingContext, run_tool, tool_context


async def play_dialogue(folder: Path, dialogue: Dialogue) -> list[str]:
    """Plays `dialogue` for the client in `folder` as it starts; what came out otherwise than told, a sentence each.

    A tool that raises, raises here. Raises ConfigurationError for a client that is broken.
    """
    stage = Stage(load_client(folder, with_tools=True, environ={}), seeded_catalogue(folder))
    return [
        f"turn {number}: {difference}"
        for number, turn in enumerate(dialogue.turns, 1)
        for difference in differences(turn, await stage.play(turn))
    ]


def written_by_a_model(call: PlannedCall, tool: Tool | None) -> str:
    """The arguments as JSON, every property named: a strict model writes null for what it leaves out."""
    properties = tool.schema["properties"] if tool else {}
    return json.dumps(dict.fromkeys(properties) | call.arguments, ensure_ascii=False)


@dataclass
class Stage:
    """A conversation with one contact. Once a person was asked for, the bot is silent."""

    client: Client
    catalogue: Catalogue
    known: dict[str, Any] = field(default_factory=dict)
    silent: bool = False
    calls: int = 0
    """Made so far: each has an id of its own."""

    async def play(self, turn: DialogueTurn) -> Outcome:
        if self.silent:
            return Outcome([], [], dict(self.known), None)
        results: list[str] = []
        reasons: list[str] = []
        arrived = await self._without_model(turn, reasons)
        for reply in turn.model if not arrived else ():
            arrived += [reply.says] if reply.says else []
            for call in reply.calls:
                ran = await self._run(call, reasons)
                results.append(ran.content)
                arrived += [ran.verbatim] if ran.verbatim else []
        self.silent = bool(reasons)
        return Outcome(arrived, results, dict(self.known), reasons[-1] if reasons else None)

    async def _without_model(self, turn: DialogueTurn, reasons: list[str]) -> list[str]:
        """What the client's `on_message` answers by itself, if it has one and does."""
        hook = self.client.hooks.on_message
        if hook is None:
            return []
        config = self.client.config
        ctx = message_context(*turn.contact, client=config, contact=self._person(), catalogue=self.catalogue)
        answer = await hook(ctx)
        self._take_down(ctx, reasons)
        return list(answer.texts) if answer else []

    async def _run(self, call: PlannedCall, reasons: list[str]) -> Ran:
        tool = next((tool for tool in self.client.tools if tool.name == call.tool), None)
        if tool is None:
            return Ran(_failure("unknown_tool"))
        self.calls += 1
        call_id = f"call_{self.calls}"
        ctx = tool_context(self.client.config, self._person(), call_id=call_id, catalogue=self.catalogue)
        try:
            ran = await run_tool(tool, ctx, **json.loads(written_by_a_model(call, tool)))
        except BadInput:
            return Ran(_failure("bad_arguments"))
        self._take_down(ctx, reasons)
        return ran

    def _take_down(self, ctx: RecordingContext | RecordingMessageContext, reasons: list[str]) -> None:
        for saved in ctx.saved:
            self.known |= saved
        reasons += ctx.handoffs

    def _person(self) -> ContactView:
        facts: Mapping[str, Any] = {key: self.known[key] for key in self.known.keys() - {"name", "email"}}
        language = self.client.config.language
        return ContactView(self.known.get("name"), self.known.get("email"), language, facts=facts)


def _failure(code: str) -> str:
    return json.dumps({"ok": False, "error": {"code": code}})
