"""`/channels` and `/templates`: how a client's numbers and templates stand with Meta, and a message to try them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from remanso.store.health import TemplateHealth
from services.console.api.caller import AdminReader, AdminWriter, Here
from services.console.api.messages import TemplateIn, TextIn, Written, outgoing
from services.console.api.once import Once
from services.console.api.problems import ALWAYS, CHANGES
from services.console.channels.standing import Number, numbers, parked
from services.console.channels.trial import send_trial

routes = APIRouter(tags=["Channels and templates"], route_class=Once)


class ParkedOut(BaseModel):
    """Why Meta refuses what is sent, and what to do."""

    scope: str
    reason: str
    remedy: str | None
    code: int | None
    since: datetime
    probe_at: datetime = Field(description="When it is tried again.")


class ChannelOut(BaseModel):
    id: str = Field(description="phone_number_id; empty where only Meta's reports name the number.")
    number: str
    account: str = Field(description="The WhatsApp Business Account.")
    status: str | None = Field(description="As Meta tells it; null: not told yet.")
    quality: str | None
    messaging_limit: str | None
    throughput: str | None
    name_status: str | None
    heard_at: datetime | None = Field(description="When the last webhook about it came.")
    parked: list[ParkedOut]


class Channels(BaseModel):
    data: list[ChannelOut]


class TemplateStanding(BaseModel):
    account: str
    name: str
    language: str
    status: str | None
    quality: str | None
    category: str | None
    reason: str | None
    may_be_sent: bool


class Templates(BaseModel):
    data: list[TemplateStanding]


class TrialIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    conversation_id: UUID
    message: Annotated[TextIn | TemplateIn, Field(discriminator="type")]


@routes.get("/channels", responses=ALWAYS, summary="List numbers")
async def channels(caller: AdminReader, console: Here) -> Channels:
    business = console.registry.clients.get(caller.client)
    async with console.store.transaction() as tx:
        stopped = [parked(each, "en") for each in await tx.parkings.all_open([caller.client])]
        known, heard = await tx.health.channels_of(caller.client), await caller.views(tx).lines.heard(caller.client)
    return Channels(data=[_channel(each) for each in numbers(business, known, heard, stopped)])


@routes.get("/templates", responses=ALWAYS, summary="List templates")
async def templates(caller: AdminReader, console: Here) -> Templates:
    async with console.store.transaction() as tx:
        found = await tx.health.templates_of(caller.client)
    return Templates(data=[_template(each) for each in found])


@routes.post("/channels/test", status_code=201, responses=CHANGES, summary="Send a test message")
async def test(caller: AdminWriter, console: Here, trial: TrialIn) -> Written:
    """Goes out as a person's while the bot keeps the word: text in an open window, else an approved template."""
    said = await outgoing(console, caller, trial.conversation_id, trial.message)
    message_id = await send_trial(console, caller, caller.client, trial.conversation_id, said, str(uuid4()))
    return Written(id=f"message-{message_id}")


def _channel(number: Number) -> ChannelOut:
    health = number.health
    told = ("status", "quality", "messaging_limit", "throughput", "name_status")
    return ChannelOut(
        id=number.channel,
        number=number.name,
        account=number.account,
        **{name: getattr(health, name) if health else None for name in told},
        heard_at=number.heard.webhook_at if number.heard else None,
        parked=[ParkedOut(**{name: getattr(each, name) for name in ParkedOut.model_fields}) for each in number.parked],
    )


def _template(template: TemplateHealth) -> TemplateStanding:
    return TemplateStanding(**{name: getattr(template, name) for name in TemplateStanding.model_fields})
