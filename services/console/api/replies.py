"""`/replies`: texts that a team says often."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from services.console.api.caller import Here, Reader, Writer
from services.console.api.once import Once
from services.console.api.problems import ALWAYS, CHANGES, not_found
from services.console.replies.routes import drop_reply, save_reply

routes = APIRouter(prefix="/replies", tags=["Saved replies"], route_class=Once)


class ReplyIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: Annotated[str, Field(min_length=1, max_length=60, pattern=r"\S", examples=["Horario"])]
    text: Annotated[str, Field(min_length=1, max_length=4096, pattern=r"\S", examples=["Atendemos de 9 a 18."])]


class ReplyOut(BaseModel):
    id: UUID
    title: str
    text: str


class Replies(BaseModel):
    data: list[ReplyOut]


@routes.get("", responses=ALWAYS, summary="List saved replies")
async def find(caller: Reader, console: Here) -> Replies:
    async with console.store.transaction() as tx:
        found = await caller.views(tx).holding.saved_replies(caller.client)
    return Replies(data=[ReplyOut(**vars(each)) for each in found])


@routes.post("", status_code=201, responses=CHANGES, summary="Save a reply")
async def save(caller: Writer, console: Here, reply: ReplyIn) -> ReplyOut:
    reply_id = await save_reply(console, caller, caller.client, reply.title, reply.text)
    return ReplyOut(id=reply_id, title=reply.title.strip(), text=reply.text.strip())


@routes.delete("/{reply_id}", status_code=204, responses=CHANGES, summary="Drop a saved reply")
async def drop(caller: Writer, console: Here, reply_id: UUID) -> None:
    if not await drop_reply(console, caller, caller.client, reply_id):
        raise not_found()
