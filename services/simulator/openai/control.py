"""How tests steer the stand-in: scripts, faults, and what was asked."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from services.simulator.openai.faults import Fault, Faults
from services.simulator.openai.records import Records
from services.simulator.openai.script import ReplyOrder, Script
from services.simulator.openai.transcripts import TranscriptOrder, Transcripts


class ScriptOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    replies: list[ReplyOrder]


class FaultsOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    faults: list[Fault]


class TranscriptsOrder(BaseModel):
    model_config = ConfigDict(extra="forbid")

    transcripts: list[TranscriptOrder]


def control_router(script: Script, transcripts: Transcripts, faults: Faults, records: Records) -> APIRouter:
    """`/script`, `/transcripts`, `/faults` (POST adds, GET shows what waits, DELETE clears), `/requests` (GET)."""
    router = APIRouter(tags=["control: openai"])

    @router.get("/script")
    async def scripted() -> list[dict[str, Any]]:
        return script.waiting()

    @router.post("/script")
    async def add_replies(order: ScriptOrder) -> dict[str, int]:
        script.add(order.replies)
        return {"waiting": len(script.waiting())}

    @router.delete("/script", status_code=204)
    async def clear_script() -> None:
        script.clear()

    @router.get("/transcripts")
    async def transcribed() -> list[dict[str, Any]]:
        return transcripts.waiting()

    @router.post("/transcripts")
    async def add_transcripts(order: TranscriptsOrder) -> dict[str, int]:
        transcripts.add(order.transcripts)
        return {"waiting": len(transcripts.waiting())}

    @router.delete("/transcripts", status_code=204)
    async def clear_transcripts() -> None:
        transcripts.clear()

    @router.get("/faults")
    async def ordered_faults() -> list[dict[str, Any]]:
        return faults.waiting()

    @router.post("/faults")
    async def add_faults(order: FaultsOrder) -> dict[str, int]:
        faults.add(order.faults)
        return {"waiting": len(faults.waiting())}

    @router.delete("/faults", status_code=204)
    async def clear_faults() -> None:
        faults.clear()

    @router.get("/requests")
    async def requests() -> list[dict[str, Any]]:
        return records.listed()

    return router
