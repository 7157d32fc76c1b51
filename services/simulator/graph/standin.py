"""The Graph stand-in as one object: everything Meta would know, and what it does with a request."""

import hmac
import time
from collections.abc import Sequence
from typing import Any

from services.simulator.events import EventStream
from services.simulator.graph.conversations import Conversations, Utterance
from services.simulator.graph.faults import Faults
from services.simulator.graph.media import MediaShelf
from services.simulator.graph.pace import Pace
from services.simulator.graph.plain_text import plain_text
from services.simulator.graph.ratings import Ratings
from services.simulator.graph.receipts import Fate, Receipts, failure
from services.simulator.graph.refusals import Refusal, missing_object, unauthenticated
from services.simulator.graph.requests import GraphRequest
from services.simulator.graph.rules import Send, dialled
from services.simulator.graph.shapes import Audio, ReadReceipt
from services.simulator.graph.templates import Templates
from services.simulator.graph.usage import UsageState
from services.simulator.graph.wamid import new_wamid
from services.simulator.phone_book import PhoneBook
from services.simulator.settings import BusinessNumber
from services.simulator.webhooks.delivery import WebhookPost

_DELIVERED_AND_READ = ("sent", "delivered", "read")
TYPING_SECONDS = 25


class GraphStandIn:
    """Meta's side of WhatsApp for some business numbers, in memory."""

    def __init__(
        self, numbers: Sequence[BusinessNumber], access_token: str, post: WebhookPost, events: EventStream
    ) -> None:
        self.numbers = {number.phone_number_id: number for number in numbers}
        self.phone_book = PhoneBook()
        self.conversations = Conversations()
        self.requests: list[GraphRequest] = []
        self.faults = Faults()
        self.pace = Pace()
        self.templates = Templates([number.waba_id for number in numbers])
        self.ratings = Ratings()
        self.usage = UsageState()
        self.media = MediaShelf()
        self.receipts = Receipts(post, self.phone_book, events)
        self._access_token = access_token
        self._events = events

    def reset(self) -> None:
        """Forget what was said, learnt and ordered; only numbers and tokens stay."""
        self.requests.clear()
        self.faults.clear()
        self.usage = UsageState()
        for part in (
            self.phone_book,
            self.conversations,
            self.pace,
            self.templates,
            self.ratings,
            self.media,
            self.receipts,
        ):
            part.reset()

    def authenticate(self, authorization: str | None) -> None:
        """Raises `Refusal` 190 unless the header bears the access token."""
        scheme, _, token = (authorization or "").partition(" ")
        genuine = hmac.compare_digest(token.strip().encode(), self._access_token.encode())
        if scheme.lower() != "bearer" or not genuine:
            raise unauthenticated()

    def number(self, phone_number_id: str) -> BusinessNumber:
        """The business number with this id. Raises `Refusal` 100."""
        try:
            return self.numbers[phone_number_id]
        except KeyError:
            raise missing_object(phone_number_id) from None

    def addressee(self, send: Send) -> str:
        """The wa_id a message goes to; the BSUID itself when it belongs to nobody known. `to` wins over `recipient`."""
        if send.to is not None:
            return self.phone_book.dial(dialled(send.to))
        contact = self.phone_book.by_user_id(send.recipient or "")
        return contact.wa_id if contact else send.recipient or ""

    def accept(self, number: BusinessNumber, send: Send, body: dict[str, Any], doom: Fate | None = None) -> Utterance:
        """Take a message for sending and start its receipts; `doom` is a fate a test has ordered for it.

        Raises `Refusal` for what only the state of things shows: unknown media, wamids, templates; the pace.
        """
        contact = self.addressee(send)
        text, fate = self._text_and_fate(number, contact, send, body)
        self._check_references(number, contact, send)
        self.pace.admit(number.phone_number_id, contact, time.monotonic())
        message = Utterance(
            direction="out",
            wamid=new_wamid(contact),
            type=send.type,
            text=text,
            payload=body,
            at=time.time(),
            contact=contact,
            phone_number_id=number.phone_number_id,
            status="accepted",
            callback=send.biz_opaque_callback_data,
        )
        self.conversations.keep(message)
        self._events.tell("message", contact, message.shown())
        self.receipts.follow(message, number, doom or fate)
        return message

    def _text_and_fate(
        self, number: BusinessNumber, contact: str, send: Send, body: dict[str, Any]
    ) -> tuple[str, Fate]:
        if send.template is not None:
            definition = self.templates.check(number.waba_id, send.template)
            fate = Fate(_DELIVERED_AND_READ, category=definition.category.lower())
            return definition.filled(send.template), fate
        text = plain_text(body)
        if not self.conversations.window_open(contact, number.phone_number_id, time.time()):
            details = "Message failed to send because more than 24 hours have passed since the customer last replied."
            return text, failure(131047, details)
        return text, Fate(("sent",) if send.type == "reaction" else _DELIVERED_AND_READ)

    def _check_references(self, number: BusinessNumber, contact: str, send: Send) -> None:
        if contact == number.digits:
            raise Refusal(131021)
        if send.media is not None and send.media[1].id is not None:
            kind, media = send.media
            voice = isinstance(media, Audio) and media.voice
            self.media.check_sendable(kind, media.id or "", number.phone_number_id, voice=voice)
        for kind, media_id in send.header_media():
            self.media.check_sendable(kind, media_id, number.phone_number_id)
        if send.context is not None:
            self._said(number, contact, send.context.message_id)
        if send.reaction is not None and self._said(number, contact, send.reaction.message_id).type == "reaction":
            raise Refusal(131009, "a reaction cannot be reacted to")

    def _said(self, number: BusinessNumber, contact: str, wamid: str) -> Utterance:
        said = self.conversations.find(wamid)
        if said is None or (said.contact, said.phone_number_id) != (contact, number.phone_number_id):
            raise Refusal(131009, "the message id is not of a message in this conversation")
        return said

    def mark_read(self, number: BusinessNumber, receipt: ReadReceipt) -> None:
        """The business has read up to a message, and is perhaps typing. Raises `Refusal` 131009."""
        read = self.conversations.find(receipt.message_id)
        if read is None or read.direction != "in" or read.phone_number_id != number.phone_number_id:
            raise Refusal(131009, "message_id is not of a message that this number received")
        for utterance in self.conversations.read_up_to(read):
            self._events.tell("status", utterance.contact, utterance.shown())
        if receipt.typing_indicator is not None:
            self._events.tell("typing", read.contact, {"wamid": read.wamid, "seconds": TYPING_SECONDS})
