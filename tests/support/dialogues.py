"""Plays a client's dialogues on the real services: bursts sealed by the debouncer's code, turns answered by the agent
with rows in PostgreSQL, the model asked over HTTP and played by the strict stand-in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from remanso.model.message import Sender
from remanso.store.turns import Turn
from remanso.testing.dialogue import Dialogue, DialogueTurn, Outcome, differences
from remanso.testing.stage import written_by_a_model
from services.agent.asking import Model
from tests.support.agents import Bench
from tests.support.clock import let_pass
from tests.support.scene import conversation_of, receive, seal
from tests.support.school import person, said


async def play_for_real(bench: Bench, model: Model, openai: httpx.AsyncClient, dialogue: Dialogue) -> list[str]:
    """What came out otherwise than the dialogue tells, a sentence each. `openai` is the stand-in's control API."""
    stage = RealStage(bench, model, openai, person())
    return [
        f"turn {number}: {difference}"
        for number, turn in enumerate(dialogue.turns, 1)
        for difference in [*differences(turn, await stage.play(turn)), *await stage.unsaid()]
    ]


@dataclass
class RealStage:
    """A conversation of `sender` with the bench's client."""

    bench: Bench
    model: Model
    openai: httpx.AsyncClient
    sender: Sender
    arrived: int = 0
    """Texts that came in earlier turns."""

    async def play(self, turn: DialogueTurn) -> Outcome:
        await self._script(turn)
        sealed = await self._write(turn.contact)
        if sealed is not None:
            await self.bench.desk(self.model).take(sealed)
        return await self._outcome(sealed is not None)

    async def unsaid(self) -> list[str]:
        """Replies of the script that nobody asked for."""
        waiting = (await self.openai.get("/control/openai/script")).raise_for_status().json()
        return [f"the model was not asked for {reply}" for reply in waiting]

    async def _script(self, turn: DialogueTurn) -> None:
        tools = {tool.name: tool for tool in self.bench.client.tools}
        replies = [
            {
                "text": reply.says or None,
                "tool_calls": [
                    {"name": call.tool, "arguments": written_by_a_model(call, tools.get(call.tool))}
                    for call in reply.calls
                ],
            }
            for reply in turn.model
        ]
        (await self.openai.post("/control/openai/script", json={"replies": replies})).raise_for_status()

    async def _write(self, texts: Sequence[str]) -> Any:
        """The contact writes a burst; the turn it was sealed into, None where a person has the conversation."""
        config = self.bench.client.config
        channel = config.channels[0].phone_number_id
        written = [said(self.sender, text, client=config.name, channel=channel) for text in texts]
        await receive(self.bench.store, written, config)
        await let_pass(self.bench.store, 30)
        conversation = await conversation_of(self.bench.store, self.sender, config.name)
        return (await seal(self.bench.store)).get(conversation.id)

    async def _outcome(self, answered: bool) -> Outcome:
        conversation = await conversation_of(self.bench.store, self.sender, self.bench.client.name)
        async with self.bench.store.transaction() as tx:
            turns: Sequence[Turn] = await tx.turns.of_conversation(conversation.id)
            calls = await tx.steps.calls_of([turns[-1].id]) if answered else []
            texts = [sent.payload["text"] for sent in await tx.deliveries.of_conversation(conversation.id)]
            contact = await tx.contacts.get(conversation.contact_id)
        new, self.arrived = texts[self.arrived :], len(texts)
        known = {"name": contact.name, "email": contact.email, **contact.facts} if contact else {}
        return Outcome(
            arrived=new,
            results=[call.result or "" for call in calls],
            known={key: value for key, value in known.items() if value is not None},
            handoff=turns[-1].handoff_reason if answered else None,
        )
