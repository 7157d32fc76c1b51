"""Traces over the bus: each envelope has its own, however many share an AMQP message or a handler's batch.

That is why aio-pika's instrumentation is not used: it would put all of them under one parent.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from remanso import tracing
from remanso.bus.batch import Received
from remanso.events import ConversationChanged, Envelope


@contextmanager
def sending(envelopes: Sequence[Envelope]) -> Iterator[Sequence[Envelope]]:
    """The envelopes, each with a span of its own until the block ends: a part of its trace, else of the current one.

    What is told to open pages is nobody's way.
    """
    if not tracing.enabled():
        yield envelopes
        return
    with ExitStack() as spans:
        yield [_sent(envelope, spans) for envelope in envelopes]


def _sent(envelope: Envelope, spans: ExitStack) -> Envelope:
    if envelope.type == ConversationChanged.type:
        return envelope
    about = _about(envelope, "send", envelope.type)
    span = tracing.span(f"send {envelope.type}", about, kind="producer", parent=envelope.traceparent, current=False)
    return envelope.model_copy(update={"traceparent": spans.enter_context(span).traceparent})


@contextmanager
def handling(queue: str, items: Sequence[Received]) -> Iterator[None]:
    """Each item's trace goes on in a span until the block ends, and its envelope bears that one meanwhile.

    The work on a single item is part of its span. That on several at once is nobody's alone.
    """
    if not tracing.enabled():
        yield
        return
    before = [item.envelope for item in items]
    with ExitStack() as spans:
        for item in items:
            about = {**_about(item.envelope, "process", queue), "messaging.batch.message_count": len(items)}
            parent, alone = item.envelope.traceparent, len(items) == 1
            span = tracing.span(f"process {queue}", about, kind="consumer", parent=parent, current=alone)
            traceparent = spans.enter_context(span).traceparent
            item.envelope = item.envelope.model_copy(update={"traceparent": traceparent})
        try:
            yield
        finally:
            for item, envelope in zip(items, before, strict=True):
                item.envelope = envelope


def _about(envelope: Envelope, operation: str, destination: str) -> tracing.Attributes:
    return {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": destination,
        "messaging.message.id": envelope.id,
        "remanso.client": envelope.client,
    }
