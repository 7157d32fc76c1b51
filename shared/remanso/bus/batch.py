"""What a handler is given at once, and which broker messages it came in."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from aio_pika.abc import AbstractIncomingMessage

from remanso.events import Envelope, Undecodable, decode, encode


@dataclass(eq=False)
class Received:
    """One event in a handler's batch. Its envelope's `traceparent` is that of its handling."""

    envelope: Envelope
    rejection: "DeadLetter | None" = field(default=None, init=False)

    def reject(self, reason: str) -> None:
        """Nobody will ever be able to handle this one: dead-letter it, alone, and go on with the others."""
        self._die(reason, "rejected")

    def fail(self, error: Exception) -> None:
        """The handler raised on this one alone."""
        self._die(f"{type(error).__name__}: {error}", "failed")

    def _die(self, reason: str, kind: str) -> None:
        self.rejection = DeadLetter(encode([self.envelope]), reason, kind)


@dataclass(frozen=True)
class DeadLetter:
    """What goes to `remanso.dead`. `kind` is the class of the reason: rejected, failed or undecodable."""

    body: bytes
    reason: str
    kind: str


class Batch:
    """Grows by whole broker messages, each of which may hold many envelopes."""

    def __init__(self) -> None:
        self.messages: list[AbstractIncomingMessage] = []
        self.undecodable: list[DeadLetter] = []
        self._items: dict[str, Received] = {}

    def __len__(self) -> int:
        return len(self._items) + len(self.undecodable)

    @property
    def items(self) -> list[Received]:
        """In the order of arrival, each event id once: a publish that was tried again may be here twice."""
        return list(self._items.values())

    def add(self, message: AbstractIncomingMessage) -> None:
        self.messages.append(message)
        contents = _decode(message.body)
        for content in contents:
            if isinstance(content, Envelope):
                self._items.setdefault(content.id, Received(content))
            else:
                alone = len(contents) == 1
                body = message.body if alone else f'{{"envelopes":[{content.content}]}}'.encode()
                self.undecodable.append(DeadLetter(body, content.reason, "undecodable"))

    def dead_letters(self) -> Iterable[DeadLetter]:
        yield from self.undecodable
        yield from (item.rejection for item in self._items.values() if item.rejection)


def _decode(body: bytes) -> list[Envelope | Undecodable]:
    try:
        return decode(body)
    except Exception as error:  # whatever the bytes were, they must not stop the consumer
        return [Undecodable("", type(error).__name__)]
