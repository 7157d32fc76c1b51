"""Every event on the bus: what happened, in the past tense, and who it is for.

An event class is the payload; `Envelope` carries it. Ids are derived from what Meta sent, so that a webhook that comes
twice makes the same event id twice and every reader can see that it is a repeat.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Literal, TypeVar
from uuid import UUID, uuid4

from pydantic import AwareDatetime, BaseModel, ConfigDict, SerializeAsAny, ValidationError, field_validator

from remanso.model.message import EchoedMessage, InboundMessage, Sender


class Event(BaseModel):
    """Base of all payloads. Readers ignore keys they do not know; `version` rises when a reader must care."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    type: ClassVar[str]
    version: ClassVar[int] = 1
    summary: ClassVar[str]


Carried = TypeVar("Carried", bound=Event)


class MessageReceived(Event):
    type = "message.received"
    summary = "A contact's message, whole and normalised. The bus is the only place it exists until it is stored."
    message: InboundMessage


class MessageEchoed(Event):
    type = "message.echoed"
    summary = "A person of the business wrote to a contact with the phone app, on a number that it shares with us."
    message: EchoedMessage


class PreferenceChanged(Event):
    type = "preference.changed"
    summary = "A contact wants no more marketing, or wants it again."
    channel: str
    contact: Sender
    marketing: bool
    """Whether they want it."""
    at: AwareDatetime
    raw: dict[str, Any] = {}


class ReceiptReceived(Event):
    type = "receipt.received"
    summary = "Meta tells what became of a message we sent."
    channel: str
    wamid: str
    status: str
    at: AwareDatetime
    callback: str | None = None
    """Our delivery id, echoed from biz_opaque_callback_data."""
    recipient: str | None = None
    code: int | None = None
    """The first error's code, with status `failed`."""
    raw: dict[str, Any] = {}


ReportKind = Literal["field", "dashboard_test", "unknown_number", "unknown_type", "unknown_shape", "errors"]


class ChannelReported(Event):
    type = "channel.reported"
    summary = "Meta tells something about a number, an account or a template, or sent what nobody here knows."
    kind: ReportKind
    field: str | None = None
    channel: str | None = None
    account: str | None = None
    """entry id: the WhatsApp Business Account, for some fields the business portfolio."""
    value: dict[str, Any] = {}
    detail: str | None = None


class TurnReady(Event):
    type = "turn.ready"
    summary = "A burst was sealed into a turn, or a turn waits for an agent again."
    turn_id: UUID


class DeliveryReady(Event):
    type = "delivery.ready"
    summary = "A conversation has something to send."
    conversation_id: UUID


class ModelUnavailable(Event):
    type = "model.unavailable"
    summary = "The model could not be asked; the turn stays open and is tried again."
    turn_id: UUID
    reason: str


class ConversationChanged(Event):
    type = "conversation.changed"
    summary = "Look again: something about this conversation is new."
    conversation_id: UUID
    what: str


CATALOGUE: dict[str, type[Event]] = {
    event.type: event
    for event in (
        MessageReceived,
        MessageEchoed,
        PreferenceChanged,
        ReceiptReceived,
        ChannelReported,
        TurnReady,
        DeliveryReady,
        ModelUnavailable,
        ConversationChanged,
    )
}


class Envelope(BaseModel):
    """What travels: an event with its identity, times (aware) and causes. The routing key is `type`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str
    type: str
    v: int = 1
    occurred_at: AwareDatetime
    received_at: AwareDatetime
    """When it reached us; for what Meta sent, the ingress's clock."""
    client: str
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = None
    payload: SerializeAsAny[Event]

    @field_validator("payload", mode="before")
    @classmethod
    def _typed(cls, payload: Any, info: Any) -> Any:
        if isinstance(payload, Event):
            return payload
        kind = CATALOGUE.get(info.data.get("type", ""))
        if kind is None:
            raise ValueError(f"unknown event type {info.data.get('type')!r}; known: {', '.join(CATALOGUE)}")
        return kind.model_validate(payload)


def carried(envelope: Envelope, kind: type[Carried]) -> Carried:
    """The event in an envelope from a queue that holds only `kind`. Raises TypeError for any other."""
    if not isinstance(envelope.payload, kind):
        raise TypeError(f"{envelope.type} where only {kind.type} belongs")
    return envelope.payload


def wrap(
    event: Event,
    client: str,
    *,
    event_id: str | None = None,
    occurred_at: datetime | None = None,
    received_at: datetime | None = None,
    correlation_id: str | None = None,
    causation_id: str | None = None,
    traceparent: str | None = None,
) -> Envelope:
    """An envelope around `event`. Without `event_id` a random one: right for wake-ups, wrong for what Meta sent.

    `traceparent`: the trace that it goes on with, where that is not the one in which it is published.
    """
    now = datetime.now(UTC)
    identity = event_id or str(uuid4())
    return Envelope(
        id=identity,
        type=event.type,
        v=event.version,
        occurred_at=occurred_at or now,
        received_at=received_at or now,
        client=client,
        correlation_id=correlation_id or identity,
        causation_id=causation_id,
        traceparent=traceparent,
        payload=event,
    )


def derived_id(*parts: object) -> str:
    """An id that the same parts always give: 32 hex digits of SHA-256 over their canonical JSON."""
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Undecodable:
    """One item of a batch that is no event of ours: its JSON text and why."""

    content: str
    reason: str


def encode(envelopes: Sequence[Envelope]) -> bytes:
    """The body of one AMQP message: a batch of envelopes of one type."""
    return b'{"envelopes":[' + b",".join(e.model_dump_json().encode() for e in envelopes) + b"]}"


def decode(body: bytes) -> list[Envelope | Undecodable]:
    """The envelopes in one AMQP body. Never raises: what cannot be read comes back as `Undecodable`, alone."""
    try:
        items = json.loads(body)["envelopes"]
        if not isinstance(items, list):
            raise TypeError("`envelopes` is not a list")
    except (ValueError, KeyError, TypeError, RecursionError) as problem:
        return [
            Undecodable(body.decode("utf-8", "backslashreplace"), f"no batch of envelopes: {type(problem).__name__}")
        ]
    return [_decode_one(item) for item in items]


def _decode_one(item: Any) -> Envelope | Undecodable:
    """An envelope that `encode` could write again: half a surrogate pair in `raw` would fail only there, later."""
    try:
        json.dumps(item, ensure_ascii=False).encode()
        return Envelope.model_validate(item)
    except UnicodeEncodeError:
        return Undecodable(json.dumps(item), "text with half a surrogate pair")
    except ValidationError as problem:
        places = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['type']}" for e in problem.errors())
        return Undecodable(json.dumps(item), places)
