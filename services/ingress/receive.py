"""What a webhook tells → envelopes, each with the client it belongs to."""

from collections.abc import Sequence
from datetime import datetime

from remanso.channels.whatsapp.body import read_body
from remanso.channels.whatsapp.payload import Item, parse, unknown_number
from remanso.events import ChannelReported, Envelope, wrap
from remanso.plugin.registry import Client


def envelopes_of(body: bytes, clients: Sequence[Client], received_at: datetime) -> list[Envelope]:
    """One envelope per event in a webhook signed by `clients` (several, where they share one Meta app).

    An item of a number that none of them owns becomes a report. Raises BadInput when the body is not JSON.
    """
    return [_envelope(item, clients, received_at) for item in parse(read_body(body))]


def _envelope(item: Item, clients: Sequence[Client], received_at: datetime) -> Envelope:
    owner = _owner(item, clients)
    if owner is None:
        item, owner = unknown_number(item), clients[0]
    return wrap(
        item.event,
        owner.name,
        event_id=item.event_id,
        occurred_at=item.occurred_at or received_at,
        received_at=received_at,
        traceparent=item.traceparent,
    )


def _owner(item: Item, clients: Sequence[Client]) -> Client | None:
    """By number; a report about no number by its account. None: nobody's."""
    channels = [(client, channel) for client in clients for channel in client.config.channels]
    by_number = (client for client, channel in channels if channel.phone_number_id == item.channel)
    by_account = (client for client, channel in channels if channel.account == item.account)
    if isinstance(item.event, ChannelReported):
        return next(by_number, None) or next(by_account, None)
    return next(by_number, None)
