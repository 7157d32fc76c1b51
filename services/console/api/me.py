"""`/me`: which key this is. The quickest way to see that one works."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.console.api.caller import AnyKey
from services.console.api.problems import ALWAYS

routes = APIRouter(tags=["Key"])


class MeOut(BaseModel):
    key_id: UUID
    name: str
    prefix: str = Field(description="How the key begins.")
    client: str
    scopes: list[Literal["read", "write", "admin"]]
    expires_at: datetime | None


@routes.get("/me", responses=ALWAYS, summary="Which key this is")
async def show(caller: AnyKey) -> MeOut:
    use = caller.use
    return MeOut.model_validate(
        {"key_id": use.id, **{name: getattr(use, name) for name in MeOut.model_fields if name != "key_id"}}
    )
