"""`/credit` and `/usage`: what may still be spent on the model, and what was."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from services.console.api.caller import AdminReader, AdminWriter, Here
from services.console.api.once import Once
from services.console.api.paging import Limit, MomentCursor, Page, cut, moment_cursor, read_moment
from services.console.api.problems import ALWAYS, CHANGES
from services.console.credit.granting import grant
from services.console.pages.periods import period

routes = APIRouter(tags=["Credit and usage"], route_class=Once)

Days = Annotated[Literal["1", "7", "30", "90"], Query(description="So many days up to now.")]


class BalanceOut(BaseModel):
    """US dollars."""

    contact_id: UUID | None = Field(description="Whose account; null: the client's own.")
    name: str | None
    available: Decimal
    reserved: Decimal = Field(description="By model calls that are under way.")


class Balances(BaseModel):
    data: list[BalanceOut]


class GrantIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    dollars: Annotated[
        str,
        Field(
            pattern=r"^(?:0\.0[1-9]|0\.[1-9][0-9]?|[1-9][0-9]{0,3}(?:\.[0-9]{1,2})?)$",
            description="US dollars in whole cents, from 0.01 to 9999.99, as a string.",
            examples=["25.00"],
        ),
    ]
    contact_id: UUID | None = Field(None, description="Whose account; left out: the client's own.")
    note: Annotated[str, Field(max_length=200)] = ""


class MovementOut(BaseModel):
    id: UUID
    at: datetime
    kind: str = Field(description="grant, settle (used), expire, excess.")
    amount: Decimal
    note: str | None
    who: str
    contact_id: UUID | None
    name: str | None


class UsedOut(BaseModel):
    """Model calls of one day, as the client counts days, and one model."""

    day: date
    model: str
    calls: int
    unpriced: int = Field(description="Calls whose cost nobody knows; not in cost_usd.")
    input_tokens: int
    output_tokens: int
    cost_usd: Decimal


class Usage(BaseModel):
    data: list[UsedOut]


@routes.get("/credit", responses=ALWAYS, summary="Balances")
async def balances(caller: AdminReader, console: Here) -> Balances:
    """The client's own account first, then up to 200 contacts by what they have least of."""
    async with console.store.transaction() as tx:
        found = await caller.views(tx).spending.balances(caller.client)
    return Balances(
        data=[BalanceOut(**{name: getattr(each, name) for name in BalanceOut.model_fields}) for each in found]
    )


@routes.post("/credit/grants", status_code=204, responses=CHANGES, summary="Top up")
async def top_up(caller: AdminWriter, console: Here, given: GrantIn) -> None:
    """Send an Idempotency-Key: money must not be given twice because an answer got lost."""
    amount = Decimal(given.dollars)
    await grant(console, caller, caller.client, given.contact_id, amount, note=given.note, key=str(uuid4()))


@routes.get("/credit/ledger", responses=ALWAYS, summary="The ledger")
async def ledger(
    caller: AdminReader, console: Here, limit: Limit = 50, cursor: MomentCursor = None
) -> Page[MovementOut]:
    """The newest first, without reserves."""
    before = read_moment(cursor) if cursor else None
    async with console.store.transaction() as tx:
        found = await caller.views(tx).spending.movements(caller.client, limit + 1, before)
    shown, last = cut(found, limit)
    return Page(
        data=[MovementOut(**vars(each)) for each in shown], next=moment_cursor(last.at, last.id) if last else None
    )


@routes.get("/usage", responses=ALWAYS, summary="Tokens and costs by day and model")
async def usage(caller: AdminReader, console: Here, days: Days = "30") -> Usage:
    timezone = console.registry.clients[caller.client].config.timezone
    async with console.store.transaction() as tx:
        calls = await caller.views(tx).spending.calls(caller.client, period(int(days)), timezone)
    sums: dict[tuple[date, str], UsedOut] = {}
    for each in calls:
        empty = UsedOut(
            day=each.day, model=each.model, calls=0, unpriced=0, input_tokens=0, output_tokens=0, cost_usd=Decimal(0)
        )
        total = sums.setdefault((each.day, each.model), empty)
        for name in ("calls", "unpriced", "input_tokens", "output_tokens", "cost_usd"):
            setattr(total, name, getattr(total, name) + getattr(each, name))
    return Usage(data=list(sums.values()))
