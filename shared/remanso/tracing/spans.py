"""Spans as services write them. Knows nothing of OpenTelemetry: while traces are off, none of it is imported.

A context is told as W3C `traceparent`, a text, so that it fits into a row and into an event.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Literal, Protocol, TypeAlias

Attributes: TypeAlias = Mapping[str, str | int | float | bool | Sequence[str] | None]
"""Only names that `clean` lists leave the process; None is left out."""
Kind = Literal["internal", "server", "client", "producer", "consumer"]

_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


class Span:
    """One that is not recorded. What it is told is forgotten."""

    traceparent: str | None = None

    def set(self, attributes: Attributes) -> None:
        """Adds what became known while it lasts."""


class Tracer(Protocol):
    """Who makes spans while traces are on; see `export`."""

    def span(
        self,
        name: str,
        attributes: Attributes | None,
        *,
        kind: Kind,
        parent: str | None,
        links: Iterable[str | None],
        began: float | None,
        current: bool,
    ) -> AbstractContextManager[Span]: ...

    def within(self, traceparent: str | None) -> AbstractContextManager[None]: ...

    def current(self) -> str | None: ...

    @property
    def provider(self) -> Any: ...


_NOTHING = nullcontext(Span())
_tracer: Tracer | None = None


@contextmanager
def recording(tracer: Tracer) -> Iterator[None]:
    """Traces are on inside the block."""
    global _tracer
    _tracer = tracer
    try:
        yield
    finally:
        _tracer = None


def enabled() -> bool:
    """For work that is done for traces alone, such as one more statement."""
    return _tracer is not None


def current() -> str | None:
    """The `traceparent` of what is being done here; None while traces are off, and outside of any span."""
    return None if _tracer is None else _tracer.current()


def span(
    name: str,
    attributes: Attributes | None = None,
    *,
    kind: Kind = "internal",
    parent: str | None = None,
    links: Iterable[str | None] = (),
    began: float | None = None,
    current: bool = True,
) -> AbstractContextManager[Span]:
    """A span around a block. What the block raises marks it as failed, by its type alone.

    Args:
        parent: whose part it is; None: of the span around it, else it begins a trace.
        links: other traces that have to do with it; None among them is left out.
        began: when it really began, in seconds since 1970; None: now.
        current: whether what the block does is part of it.
    """
    if _tracer is None:
        return _NOTHING
    return _tracer.span(name, attributes, kind=kind, parent=parent, links=links, began=began, current=current)


def record(
    name: str,
    attributes: Attributes | None = None,
    *,
    parent: str | None = None,
    links: Iterable[str | None] = (),
    began: float | None = None,
) -> str | None:
    """A span that is over; gives its `traceparent`."""
    with span(name, attributes, parent=parent, links=links, began=began, current=False) as told:
        return told.traceparent


@contextmanager
def milestone(name: str, attributes: Attributes | None = None, *, parent: str | None = None) -> Iterator[None]:
    """What the block does is part of a span that is over already.

    A process that is killed takes its open spans with it. Parts of this one never lose it: it was told before them.
    """
    if _tracer is None:
        yield
        return
    with _tracer.within(record(name, attributes, parent=parent)):
        yield


def provider() -> Any:
    """OpenTelemetry's TracerProvider, for frameworks that can tell of themselves; None while traces are off."""
    return None if _tracer is None else _tracer.provider


def is_traceparent(text: str) -> bool:
    """Whether it is W3C's version 00 and not all zeros. Pure."""
    return _TRACEPARENT.fullmatch(text) is not None


def same_trace(one: str | None, other: str | None) -> bool:
    """Whether both are parts of one trace. Pure."""
    return one is not None and other is not None and one[3:35] == other[3:35]


def name_ids(traceparent: str | None = None) -> dict[str, str]:
    """For a log line: the ids of that span, else of the current one; nothing outside of any."""
    told = traceparent or current()
    return {"trace_id": told[3:35], "span_id": told[36:52]} if told else {}
