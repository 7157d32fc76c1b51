"""One utterance: as it came in, and the words for what became of it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from remanso.model.content import Content, IdentityChange
from remanso.model.phone import other_spellings


class Author(StrEnum):
    """Who speaks in a stored message."""

    CONTACT = "contact"
    BOT = "bot"
    HUMAN = "human"


class Fate(StrEnum):
    """What became of a contact's message. A message without a fate waits for its burst to be sealed."""

    TURN = "turn"
    """Sealed into a turn, or absorbed by a running one."""
    HUMAN = "human"
    """Read by the person who holds the conversation."""
    DROPPED = "dropped"
    """Not handed to the bot, for the stated reason: `flood`, `turns_per_hour`, `turns_per_day`."""
    FEEDBACK = "feedback"
    """The answer to our question how it went, kept there; the bot never sees it."""


class Sender(BaseModel):
    """The person behind an inbound message. At least one of `wa_id` and `user_id` is set.

    `user_id` is WhatsApp's business-scoped user id; it is the better key, `wa_id` (phone digits) may be missing.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    wa_id: str | None = None
    user_id: str | None = None
    profile_name: str | None = None
    username: str | None = None

    @property
    def aliases(self) -> tuple[tuple[str, str], ...]:
        """(kind, value) pairs that name this person, the strongest first."""
        pairs = (("user_id", self.user_id), ("wa_id", self.wa_id))
        return tuple((kind, value) for kind, value in pairs if value)

    @property
    def spellings(self) -> tuple[tuple[str, str], ...]:
        """(kind, value) pairs under which the same number may be on file, though this one came in another spelling."""
        return tuple(("wa_id", spelt) for spelt in other_spellings(self.wa_id or ""))


class InboundMessage(BaseModel):
    """One message of a contact, normalised, with the channel's own JSON kept for replay."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    channel: str
    """The business number's phone_number_id."""
    wamid: str
    sent_at: AwareDatetime
    """The channel's own timestamp (Meta gives whole seconds)."""
    index: int = 0
    """Place among the messages of one webhook call."""
    sender: Sender
    content: Content
    quoted: str | None = None
    """wamid of the message this one replies to."""
    forwarded: bool = False
    referral: dict[str, Any] | None = None
    """The ad or post the contact came from, as the channel gave it."""
    raw: dict[str, Any] = {}

    @property
    def written_from(self) -> Sender:
        """Where the contact is reached after this message: whence it came, or the new address that it announces."""
        if not isinstance(self.content, IdentityChange):
            return self.sender
        new = Sender(wa_id=self.content.new_wa_id, user_id=self.content.new_user_id)
        return new if new.aliases else self.sender

    def order_key(self, received_at: datetime) -> tuple[datetime, datetime, int]:
        """The one order of messages: channel timestamp, then arrival at the ingress, then place in the webhook."""
        return (self.sent_at, received_at, self.index)


class EchoedMessage(BaseModel):
    """What a person of the business wrote to a contact with the phone app, on a number that the app shares with us."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    channel: str
    wamid: str
    sent_at: AwareDatetime
    index: int = 0
    recipient: Sender
    content: Content
    quoted: str | None = None
    raw: dict[str, Any] = {}
