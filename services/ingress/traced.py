"""A webhook's span: the root of what contacts wrote, and a part of the sending that it brings a receipt of.

Only what is signed is traced, and no trace of a caller's is gone on with: anybody may send headers.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus

from remanso import tracing
from remanso.errors import RemansoError
from remanso.events import Envelope


@contextmanager
def webhook(route: str, client: str, received_at: datetime, envelopes: Sequence[Envelope]) -> Iterator[list[Envelope]]:
    """Gives the envelopes as they are to be published: those of one sending are parts of the webhook's own span.

    Receipts of several sendings each go on with their own trace, and the webhook's is linked to them.
    """
    traces = {envelope.traceparent for envelope in envelopes}
    parent = traces.pop() if len(traces) == 1 else None
    about = {"http.request.method": "POST", "http.route": route, "remanso.client": client}
    began = received_at.timestamp()
    with tracing.span(f"POST {route}", about, kind="server", parent=parent, links=traces, began=began) as span:
        try:
            yield [e.model_copy(update={"traceparent": None}) for e in envelopes] if parent else list(envelopes)
        except RemansoError:
            span.set({"http.response.status_code": HTTPStatus.SERVICE_UNAVAILABLE})
            raise
        span.set({"http.response.status_code": HTTPStatus.OK})
