"""`/quality`: what went wrong or was judged; each finding names its conversation."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from services.console.api.caller import Here, Reader
from services.console.api.credit import Days
from services.console.api.once import Once
from services.console.api.paging import Limit, MomentCursor, Page, cut, moment_cursor, read_moment
from services.console.api.problems import ALWAYS
from services.console.pages.periods import period
from services.console.quality.routes import reason_of

routes = APIRouter(prefix="/quality", tags=["Quality"], route_class=Once)

Kind = Literal["feedback", "grounding", "fallbacks", "deliveries", "unanswered"]


class Counts(BaseModel):
    """How many of each kind; those without any are left out."""

    data: dict[str, int] = Field(examples=[{"feedback": 12, "deliveries": 1}])


class FindingOut(BaseModel):
    conversation_id: UUID
    name: str | None
    at: datetime
    what: str | None = Field(description="The answer of feedback; else the state or kind of what went wrong.")
    reason: str = Field(description="In words, where the team may see them.")
    code: int | None = Field(description="Meta's, of deliveries alone.")


@routes.get("", responses=ALWAYS, summary="How much of what")
async def counts(caller: Reader, console: Here, days: Days = "30") -> Counts:
    async with console.store.transaction() as tx:
        return Counts(data=await caller.views(tx).quality.counts(caller.client, period(int(days))))


@routes.get("/{kind}", responses=ALWAYS, summary="Feedback, blocked claims, fallbacks, failures, unanswered turns")
async def findings(
    caller: Reader,
    console: Here,
    kind: Annotated[Kind, Path()],
    days: Days = "30",
    limit: Limit = 50,
    cursor: MomentCursor = None,
) -> Page[FindingOut]:
    """The newest first."""
    before = read_moment(cursor) if cursor else None
    async with console.store.transaction() as tx:
        quality = caller.views(tx).quality
        found = await quality.findings(caller.client, kind, period(int(days)), limit + 1, before)
    shown, last = cut(found, limit)
    data = [
        FindingOut(
            conversation_id=each.conversation_id,
            name=each.name,
            at=each.at,
            what=each.what,
            reason=reason_of(each, "en", console.pages.words("en"), operator=False),
            code=each.code,
        )
        for each in shown
    ]
    return Page(data=data, next=moment_cursor(last.at, last.conversation_id) if last else None)
