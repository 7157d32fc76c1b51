"""Small events for tests that care about the way, not the content."""

from uuid import uuid4

from remanso.events import Envelope, TurnReady, wrap


def turn_ready(event_id: str | None = None) -> Envelope:
    return wrap(TurnReady(turn_id=uuid4()), "emprendemy", event_id=event_id)


def turns_ready(count: int) -> list[Envelope]:
    return [turn_ready() for _ in range(count)]
