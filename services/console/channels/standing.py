"""How a client's numbers stand, each with what is parked about it, in the reader's words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from remanso.channels.whatsapp.errors import classify
from remanso.plugin.config import Channel
from remanso.plugin.registry import Client
from remanso.store.health import ChannelHealth
from remanso.store.lines import Heard
from remanso.store.parking import Parking

NO_ANSWER_OF_META = 404
"""As an answer that bore no code was judged."""


@dataclass(frozen=True)
class Parked:
    """`key` is told to operators alone: a contact's holds who it is."""

    id: UUID
    client: str
    scope: str
    key: str
    reason: str
    remedy: str | None
    code: int | None
    detail: str
    since: datetime
    probe_at: datetime
    channels: Sequence[str]


@dataclass(frozen=True)
class Number:
    """`health` is None where Meta has not told of it; `limit` the messages per second in client.toml."""

    name: str
    channel: str
    account: str
    limit: float | None
    health: ChannelHealth | None
    heard: Heard | None
    parked: Sequence[Parked]


def parked(parking: Parking, language: str) -> Parked:
    verdict = classify(parking.code, NO_ANSWER_OF_META if parking.code is None else None)
    return Parked(
        parking.id,
        parking.client,
        parking.scope,
        parking.key,
        verdict.reason.in_language(language),
        verdict.remedy.in_language(language) if verdict.remedy else None,
        parking.code,
        parking.detail,
        parking.since,
        parking.probe_at,
        parking.channels,
    )


def numbers(
    client: Client | None, known: Sequence[ChannelHealth], heard: Sequence[Heard], stopped: Sequence[Parked]
) -> list[Number]:
    """Those of client.toml, in its order, and then those that only Meta's reports name."""
    configured = client.config.channels if client else ()
    found = [_number(each, known, heard, stopped) for each in configured]
    taken = {id(each.health) for each in found}
    rest = (each for each in known if id(each) not in taken)
    return [
        *found,
        *(Number(f"+{each.number}", each.channel or "", each.account, None, each, None, ()) for each in rest),
    ]


def _number(
    channel: Channel, known: Sequence[ChannelHealth], heard: Sequence[Heard], stopped: Sequence[Parked]
) -> Number:
    digits = "".join(sign for sign in channel.display_number if sign.isdigit())
    mine = (each for each in known if channel.phone_number_id == each.channel or digits == each.number)
    return Number(
        channel.display_number,
        channel.phone_number_id,
        channel.account,
        channel.throughput,
        next(mine, None),
        next((each for each in heard if each.channel == channel.phone_number_id), None),
        [each for each in stopped if channel.phone_number_id in each.channels],
    )


def expires(restriction: dict[str, Any]) -> datetime | None:
    """When a restriction of an account ends; None: nobody knows."""
    try:
        return datetime.fromtimestamp(float(restriction.get("expiration") or ""), tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
