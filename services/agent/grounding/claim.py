"""A claim: a piece of a text that says something checkable."""

from dataclasses import dataclass

from services.agent.grounding.plain import Plain
from services.agent.grounding.values import KINDS, Kind, Value


@dataclass(frozen=True)
class Claim:
    """`readings` are what it may mean: "18 h" is an hour or a duration. One that is supported is enough."""

    kind: Kind
    text: str
    start: int
    end: int
    readings: tuple[Value, ...] = ()


def claim(text: Plain, span: tuple[int, int], *readings: Value) -> Claim:
    start, end = span
    return Claim(KINDS[type(readings[0])], text.shown[start:end].strip(" .,;"), start, end, readings)
