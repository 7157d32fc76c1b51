"""The flood guard: how many messages of one contact, by the channel's own clock, are too many. Pure.

The channel's clock, not ours: after an outage Meta delivers hours of messages within a second, and none of them is a
flood.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from remanso.plugin.config import Flood
from remanso.store.messages import Arrival


def flood_span(arrivals: Sequence[Arrival], flood: Flood) -> tuple[UUID, datetime, datetime]:
    """The conversation and the span (after, until] in which its messages are counted."""
    until = max(arrival.message.sent_at for arrival in arrivals)
    return arrivals[0].conversation_id, until - timedelta(seconds=flood.seconds), until


def beyond_limit(arrivals: Sequence[Arrival], count: int, flood: Flood) -> list[Arrival]:
    """The newest of these arrivals by which `count`, they included, exceeds the limit."""
    excess = min(max(count - flood.messages, 0), len(arrivals))
    ordered = sorted(arrivals, key=lambda arrival: arrival.message.order_key(arrival.received_at))
    return ordered[len(ordered) - excess :]
