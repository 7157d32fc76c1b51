"""Pages of lists: `limit` and `cursor` in, `data` and `next` out. A cursor names the last thing of the page before."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field
from pydantic.json_schema import SkipJsonSchema

UUID_PATTERN = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Limit = Annotated[int, Query(ge=1, le=100, description="At most so many.")]
MomentCursor = Annotated[
    Annotated[str, Field(pattern=f"^([0-9]{{1,16}}_{UUID_PATTERN})?$")] | SkipJsonSchema[None],
    Query(
        description="The `next` of the page before.",
        examples=["1764345600000000_0199c0de-0000-7000-8000-000000000001"],
    ),
]
PlaceCursor = Annotated[
    Annotated[str, Field(pattern="^[0-9]{0,18}$")] | SkipJsonSchema[None],
    Query(description="The `next` of the page before.", examples=["1021"]),
]

Thing = TypeVar("Thing")


class Page(BaseModel, Generic[Thing]):
    data: list[Thing]
    next: str | None = Field(description="The cursor of the next page; null: this is the last one.")


def cut(found: Sequence[Thing], limit: int) -> tuple[list[Thing], Thing | None]:
    """Of one more than asked for: the page, and its last one if there are more behind it."""
    shown = list(found[:limit])
    return shown, shown[-1] if len(found) > limit else None


def moment_cursor(at: datetime, id: UUID) -> str:  # noqa: A002
    return f"{(at - _EPOCH) // timedelta(microseconds=1)}_{id}"


def read_moment(cursor: str) -> tuple[datetime, UUID]:
    micros, _, id_ = cursor.partition("_")
    return _EPOCH + timedelta(microseconds=int(micros)), UUID(id_)
