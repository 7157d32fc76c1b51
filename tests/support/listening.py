"""Agents that hear and see: what a contact sends, fetched from the stand-in for Graph, heard by the one for OpenAI."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import httpx
from pydantic import SecretStr

from remanso.model.content import Media
from remanso.model.message import Sender
from remanso.model.turn import TurnState
from remanso.store import Store
from remanso.store.media import StoredMedia
from remanso.store.turns import Turn
from services.agent.asking import ContactText, ModelReply, ModelRequest
from services.agent.desk import Desk
from services.agent.media.senses import Senses
from services.simulator.graph.samples import samples
from tests.support.agents import Bench, Crash, CrashingStore, ScriptedModel, made_up_client, reply
from tests.support.lone_simulator import ACCESS_TOKEN

ANA = "5491155550111"
PNG = samples()["image"][1]
PRICE = {"per_minute": "0.0045", "valid_from": "2026-11-01"}
SEEING = {"model": "gpt-6-luna", "vision": True}


@dataclass
class World:
    """A bench whose agents can hear and see, with the hand that steers Meta and OpenAI."""

    bench: Bench
    senses: Senses
    url: str
    http: httpx.AsyncClient

    async def order(self, path: str, **body: Any) -> None:
        (await self.http.post(f"/control/{path}", json=body)).raise_for_status()

    async def fail_download(self, kind: str, **fault: Any) -> None:
        await self.order("graph/faults", faults=[{"kind": kind, "on": "downloads", **fault}])

    async def sends(self, kind: str, **said: Any) -> Media:
        """A contact sends a file; its message as the ingress reads it."""
        await self.order(f"contacts/{ANA}/send", messages=[{"type": kind, **said}])
        told = (await self.http.get(f"/control/conversations/{ANA}")).json()[-1]["payload"][kind]
        return Media.model_validate({"kind": kind, "media_id": told["id"], **told})

    async def heard(self) -> list[dict[str, Any]]:
        """The transcriptions that were asked for."""
        asked = (await self.http.get("/control/openai/requests")).json()
        return [request for request in asked if request["path"].endswith("/audio/transcriptions")]

    def client(self, **sections: Any) -> None:
        """The bench's client with other sections of its client.toml, and the token the stand-in for Graph takes."""
        made = made_up_client(self.bench.runs, **sections)
        self.bench.client = replace(made, secrets={"access_token": SecretStr(ACCESS_TOKEN)})

    def desk(self, model: Any, store: Store | None = None) -> Desk:
        return replace(self.bench.desk(model, store=store), senses=self.senses)

    async def rows(self, turn: Turn) -> list[StoredMedia]:
        async with self.bench.store.transaction() as tx:
            return await tx.media.of_turns([turn.id])


def listo(_: ModelRequest) -> ModelReply:
    """An answer for nothing: what is paid here is paid for hearing."""
    said = reply("Listo.")
    return replace(said, usage=replace(said.usage, cost_usd=Decimal(0)))


def burst(request: ModelRequest) -> ContactText:
    """What the model was shown of this turn."""
    return [item for item in request.items if isinstance(item, ContactText)][-1]


async def answered(world: World, *contents: Media | str, sender: Sender | None = None) -> tuple[Turn, ScriptedModel]:
    """A turn with these messages, worked on by one agent, and answered whatever became of its files."""
    turn, model = await world.bench.turn(*contents, sender=sender), ScriptedModel(listo)
    await world.desk(model).take(turn.id)
    assert (await world.bench.now(turn)).state == TurnState.ANSWERED
    assert (await world.bench.texts(turn))[-1] == "Listo."
    return turn, model


async def crash_and_resume(world: World, border: int, *, before: bool) -> bool:
    """One agent dies at a border, another finishes. False when there was no such border to die at."""
    heard = len(await world.heard())
    turn = await world.bench.turn(await world.sends("audio"), await world.sends("document"))
    dying = CrashingStore(world.bench.store, border, before=before)
    try:
        await world.desk(ScriptedModel(listo), dying).take(turn.id)
        return False
    except Crash:
        await world.bench.expire(turn)
    kept = [row.transcript for row in await world.rows(turn) if row.state == "heard"]
    paid = len(await world.heard()) - heard
    model = ScriptedModel(listo)
    await world.desk(model).take(turn.id)
    assert await world.bench.texts(turn) == ["Listo."]
    assert sorted(row.state for row in await world.rows(turn)) == ["heard", "named"]
    again = len(await world.heard()) - heard - paid
    assert again == (0 if kept else 1), "what is stored is not paid for a second time"
    return True
