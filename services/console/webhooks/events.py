"""What webhooks tell: one class for each event. The JSON description of the API is made from them.

Data says what is so when it is told; a repeat has the same `webhook-id` and may know a newer name of the contact.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import BaseModel, Field


class ContactTold(BaseModel):
    id: UUID
    name: str | None
    wa_id: str | None = Field(description="Their number's digits, where WhatsApp tells it.")


class ConversationTold(BaseModel):
    id: UUID
    channel: str = Field(description="The number's id at Meta (phone_number_id).")
    contact: ContactTold


class PartTold(BaseModel):
    id: UUID
    entry: str = Field(description="The entry of the conversation's log that it belongs to.")


class Event(BaseModel):
    """`subject` of the notification names the row that the data is read from."""

    type: ClassVar[str]
    summary: ClassVar[str]


class OfConversation(Event):
    conversation: ConversationTold | None = Field(description="null: it was deleted before this could be told.")


class MessageReceived(OfConversation):
    type = "message.received"
    summary = "A contact wrote."
    entry: str = Field(description="Its entry in the conversation's log.")
    content: dict[str, Any] | None = Field(description="As in the log; null: it was deleted meanwhile.")
    sent_at: datetime | None


class MessageSent(OfConversation):
    type = "message.sent"
    summary = "WhatsApp took a message of the bot's or of a person's."
    part: PartTold
    author: Literal["bot", "human"]
    who: str | None = Field(description="The person or key that wrote it; null for the bot and for the phone app.")
    content: dict[str, Any]


class MessageStatus(OfConversation):
    type = "message.status"
    summary = "What became of a message: delivered, read, failed, held back, cancelled by a take-over."
    part: PartTold
    status: Literal["held", "unknown", "delivered", "read", "played", "failed", "cancelled"]
    code: int | None = Field(description="Meta's error code.")
    reason: str | None


class NeedsHuman(OfConversation):
    type = "conversation.needs_human"
    summary = "The bot asked for a person."
    reason: str | None


class TakenOver(OfConversation):
    type = "conversation.taken_over"
    summary = "A person, or a program by its key, took the conversation over: the bot is silent."
    who: str | None = Field(description="null: somebody who wrote from the phone app.")


class HandedBack(OfConversation):
    type = "conversation.handed_back"
    summary = "The conversation went back to the bot: by hand, or because a time ran out."
    by: Literal["person", "time", "nobody"] | None = Field(
        description="person: by hand. time: that of whoever had it ran out. nobody: the bot had asked for a person and"
        " none came in time; it needs one still. null: from before this was noted."
    )
    who: str | None = Field(description="The person or key that gave it back, or had it; null for the phone app.")
    reason: str | None = Field(description="Of nobody: why the bot had asked for a person.")


class TurnFailed(OfConversation):
    type = "turn.failed"
    summary = "A burst got no answer from the bot. The contact was told that a person will answer."
    turn_id: UUID


class FeedbackReceived(OfConversation):
    type = "feedback.received"
    summary = "A contact answered the question how it went; comes again when they give a reason."
    answer: str | None
    reason: str | None


class CreditExhausted(Event):
    type = "credit.exhausted"
    summary = "An account's credit is spent; once in each span until the next top-up."
    contact_id: UUID | None = Field(description="Whose account; null: the client's own.")


class EndpointTested(Event):
    type = "endpoint.tested"
    summary = "Somebody pressed Test."


SUBSCRIBED: tuple[type[Event], ...] = (
    MessageReceived,
    MessageSent,
    MessageStatus,
    NeedsHuman,
    TakenOver,
    HandedBack,
    TurnFailed,
    FeedbackReceived,
    CreditExhausted,
)
"""What an endpoint may ask for."""

EventType = Literal[
    "message.received",
    "message.sent",
    "message.status",
    "conversation.needs_human",
    "conversation.taken_over",
    "conversation.handed_back",
    "turn.failed",
    "feedback.received",
    "credit.exhausted",
]


class Body(BaseModel):
    """What is POSTed."""

    type: str
    timestamp: datetime = Field(description="When it happened.")
    client: str
    data: Annotated[Any, Field(description="By `type`.")]
