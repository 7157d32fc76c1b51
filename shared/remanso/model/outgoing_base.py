"""What all outgoing messages have in common: their base, the texts they are made of, and how a limit is told."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from remanso.errors import BadInput

Short = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
RowTitle = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=24)]
Margin = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=1024)]
LongBody = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4096)]
Link = Annotated[str, StringConstraints(pattern=r"^https://[^\s/]+\S*$", max_length=2048)]
Wamid = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class OutgoingBase(BaseModel):
    """Frozen; unknown keys are ignored so that an older sender survives a newer writer."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    def payload(self) -> dict[str, Any]:
        """As it is stored in a delivery; `read_outgoing` reads it back."""
        return self.model_dump(mode="json", exclude_none=True)

    def words(self) -> list[str]:
        """Everything in it that somebody wrote or chose, as opposed to its form."""
        return list(_strings({key: value for key, value in self.payload().items() if key != "type"}))


class Quoting(OutgoingBase):
    """A message that may reply to an earlier one, whose wamid is `quoted`."""

    quoted: Wamid | None = None


@contextmanager
def limits_told() -> Iterator[None]:
    """Makes BadInput of what pydantic says about a message, in a sentence and without the values."""
    try:
        yield
    except ValidationError as problem:
        raise BadInput("; ".join(map(_told, problem.errors()))) from None


def _told(error: Any) -> str:
    path = ".".join(part for part in map(str, error["loc"]) if not part.startswith("["))  # no names of union members
    said = str(error["msg"]).removeprefix("Value error, ")
    if error["type"].startswith("union_tag"):
        return "`type` names no kind of message"
    return f"{path}: {said}" if path else said


def refuse_repeated(what: str, values: list[str]) -> None:
    if len(set(values)) < len(values):
        raise ValueError(f"the same {what} stands here twice")


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)
