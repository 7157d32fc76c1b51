"""The flood guard: how many messages of one contact in a short time, or turns in an hour or a day, are too many. Pure.

Messages are counted by the channel's clock, not by ours: after an outage Meta delivers hours of messages within a
second, and none of them is a flood. Turns are counted by PostgreSQL's clock: after an outage those hours of messages
are one turn, and what a contact may spend of the bot is spent when we answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from remanso.plugin.behaviour import Flood
from remanso.store.arrivals import Arrival


@dataclass(frozen=True)
class Limit:
    """Why messages get no turn, and for how long their contact is not told so again."""

    reason: str
    period: timedelta


FLOOD = Limit("flood", timedelta(hours=1))
TURNS_PER_HOUR = Limit("turns_per_hour", timedelta(hours=1))
TURNS_PER_DAY = Limit("turns_per_day", timedelta(days=1))


def flood_span(arrivals: Sequence[Arrival], flood: Flood) -> tuple[UUID, datetime, datetime]:
    """The conversation and the span (after, until] in which its messages are counted."""
    until = max(arrival.message.sent_at for arrival in arrivals)
    return arrivals[0].conversation_id, until - timedelta(seconds=flood.seconds), until


def beyond_limit(arrivals: Sequence[Arrival], count: int, flood: Flood) -> list[Arrival]:
    """The newest of these arrivals by which `count`, they included, exceeds the limit."""
    excess = min(max(count - flood.messages, 0), len(arrivals))
    ordered = sorted(arrivals, key=lambda arrival: arrival.message.order_key(arrival.received_at))
    return ordered[len(ordered) - excess :]


def limit_of_turns(in_hour: int, in_day: int, flood: Flood) -> Limit | None:
    """The limit that forbids one more turn after so many in the last hour and day. The longer one counts."""
    if 0 < flood.turns_per_day <= in_day:
        return TURNS_PER_DAY
    if 0 < flood.turns_per_hour <= in_hour:
        return TURNS_PER_HOUR
    return None
