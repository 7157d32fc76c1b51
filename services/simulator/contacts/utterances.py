"""What a made-up contact can say: one class per kind, each making the webhook's message object (its part beside
`from`, `id` and `timestamp`), as Meta documents it for 2026.
"""

import base64
import binascii
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator

from remanso.errors import BadInput
from services.simulator.graph.conversations import Conversations, Utterance
from services.simulator.graph.media import File, MediaShelf
from services.simulator.phone_book import Contact, bsuid_of
from services.simulator.settings import BusinessNumber

Json = dict[str, Any]


@dataclass(frozen=True)
class Scene:
    """Who writes to whom, and what lies around: earlier messages and files."""

    contact: Contact
    number: BusinessNumber
    conversations: Conversations
    media: MediaShelf

    def quote(self, wamid: str | None) -> Json | None:
        """The `context` of a reply to this message, or (None) to the business's last one, if there is any."""
        said = self._said(wamid)
        if said is None:
            return {"from": self.number.digits, "id": wamid} if wamid else None
        return {"from": self.number.digits if said.direction == "out" else self.contact.wa_id, "id": said.wamid}

    def offers_list(self, wamid: str | None) -> bool:
        """Whether that message, or the business's last one, is a list to choose from."""
        said = self._said(wamid)
        return said is not None and said.payload.get("interactive", {}).get("type") == "list"

    def target(self, wamid: str | None) -> str:
        """The message a reaction goes to. Raises `BadInput` when there is none."""
        said = self._said(wamid)
        if wamid is None and said is None:
            raise BadInput("the business has said nothing that could be reacted to: give `to`")
        return wamid or (said.wamid if said else "")

    def _said(self, wamid: str | None) -> Utterance | None:
        if wamid is not None:
            return self.conversations.find(wamid)
        return self.conversations.last_from_business(self.contact.wa_id)


class Said(BaseModel, ABC):
    """What every kind can have. `wamid` and `sent_at` (Unix seconds) are made up unless given."""

    model_config = ConfigDict(extra="forbid")

    wamid: str | None = None
    sent_at: float | None = None
    reply_to: str | None = None
    forwarded: bool = False
    frequently_forwarded: bool = False
    referral: Json | None = None

    def message(self, scene: Scene) -> Json:
        """The message object. Raises `BadInput`."""
        message = self.content(scene)
        if self.reply_to is not None:
            message["context"] = scene.quote(self.reply_to)
        elif self.forwarded or self.frequently_forwarded:
            message["context"] = {"frequently_forwarded" if self.frequently_forwarded else "forwarded": True}
        return message | ({"referral": self.referral} if self.referral is not None else {})

    @abstractmethod
    def content(self, scene: Scene) -> Json:
        """`type` and what belongs to it."""


class Text(Said):
    type: Literal["text"]
    text: str

    def content(self, scene: Scene) -> Json:
        return {"type": "text", "text": {"body": self.text}}


class MediaSaid(Said):
    """A file: `data` (base64, with `mime_type`), a stored one by `media_id`, else the built-in sample."""

    type: Literal["image", "video", "audio", "document", "sticker"]
    data: str | None = None
    mime_type: str | None = None
    media_id: str | None = None
    caption: str | None = None
    filename: str | None = None
    voice: bool = True
    animated: bool = False

    @field_validator("data")
    @classmethod
    def _base64(cls, data: str | None) -> str | None:
        try:
            base64.b64decode(data or "", validate=True)
        except binascii.Error:
            raise ValueError("must be base64") from None
        return data

    def content(self, scene: Scene) -> Json:
        media = self._file(scene).announced()
        if self.caption is not None and self.type in ("image", "video", "document"):
            media["caption"] = self.caption
        extras: dict[str, Json] = {"audio": {"voice": self.voice}, "sticker": {"animated": self.animated}}
        if self.type == "document":
            extras["document"] = {"filename": self.filename or self._file_name(scene)}
        return {"type": self.type, self.type: media | extras.get(self.type, {})}

    def _file(self, scene: Scene) -> File:
        if self.media_id is not None:
            return scene.media.get(self.media_id)
        if self.data is None:
            return scene.media.sample(self.type)
        mime_type = self.mime_type or scene.media.sample(self.type).mime_type
        return scene.media.keep(mime_type, base64.b64decode(self.data), filename=self.filename)

    def _file_name(self, scene: Scene) -> str:
        return (scene.media.sample("document").filename or "") if self.data is None else "document"


class Location(Said):
    type: Literal["location"]
    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None
    url: str | None = None

    def content(self, scene: Scene) -> Json:
        place = self.model_dump(include={"latitude", "longitude", "name", "address", "url"}, exclude_none=True)
        return {"type": "location", "location": place}


class Cards(Said):
    type: Literal["contacts"]
    contacts: list[Json] = Field(min_length=1)

    def content(self, scene: Scene) -> Json:
        return {"type": "contacts", "contacts": [{"origin": "other"} | card for card in self.contacts]}


class Tap(Said):
    """A tap on a reply button, or on a row if the message `to` (default: the business's last) is a list."""

    type: Literal["button", "list"]
    id: str
    title: str
    description: str | None = None
    to: str | None = None

    def content(self, scene: Scene) -> Json:
        subtype = "list_reply" if self.type == "list" or scene.offers_list(self.to) else "button_reply"
        reply = {"id": self.id, "title": self.title}
        if self.description is not None and subtype == "list_reply":
            reply["description"] = self.description
        context = scene.quote(self.to)
        message: Json = {"type": "interactive", "interactive": {"type": subtype, subtype: reply}}
        return message | ({"context": context} if context else {})


class FormAnswer(Said):
    """An answered flow; `response_json` is a JSON object as text."""

    type: Literal["flow"]
    name: str = "flow"
    body: str = "Sent"
    response_json: str
    to: str | None = None

    def content(self, scene: Scene) -> Json:
        reply = {"name": self.name, "body": self.body, "response_json": self.response_json}
        context = scene.quote(self.to)
        message: Json = {"type": "interactive", "interactive": {"type": "nfm_reply", "nfm_reply": reply}}
        return message | ({"context": context} if context else {})


class QuickReply(Said):
    """A tap on a template's quick-reply button (Meta's type `button`)."""

    type: Literal["quick_reply"]
    payload: str
    text: str
    to: str | None = None

    def content(self, scene: Scene) -> Json:
        context = scene.quote(self.to)
        message: Json = {"type": "button", "button": {"payload": self.payload, "text": self.text}}
        return message | ({"context": context} if context else {})


class Reaction(Said):
    """An empty emoji takes the reaction back: then Meta leaves the key out."""

    type: Literal["reaction"]
    emoji: str = ""
    to: str | None = None

    def content(self, scene: Scene) -> Json:
        emoji = {"emoji": self.emoji} if self.emoji else {}
        return {"type": "reaction", "reaction": {"message_id": scene.target(self.to)} | emoji}


class Order(Said):
    type: Literal["order"]
    catalog_id: str = "600001"
    text: str | None = None
    product_items: list[Json] = Field(min_length=1)

    def content(self, scene: Scene) -> Json:
        order = self.model_dump(include={"catalog_id", "text", "product_items"}, exclude_none=True)
        return {"type": "order", "order": order}


class System(Said):
    """The contact has changed the phone number. Comes from the old number, without `contacts`.

    With `hide_phone` in the burst and `user_changed_user_id` as `change`, no number is shown, neither old nor new.
    """

    type: Literal["system"]
    wa_id: str
    change: Literal["user_changed_number", "user_changed_user_id"] = "user_changed_number"

    def content(self, scene: Scene) -> Json:
        if self.change == "user_changed_user_id":
            ids = {"user_id": bsuid_of(self.wa_id), "previous_user_id": scene.contact.user_id}
            return {"type": "system", "system": {"type": self.change, "body": "The user id changed"} | ids}
        change = {
            "type": "user_changed_number",
            "body": f"User {scene.contact.name} changed from {scene.contact.wa_id} to {self.wa_id}",
            "wa_id": self.wa_id,
            "user_id": bsuid_of(self.wa_id),
            "previous_user_id": scene.contact.user_id,
        }
        return {"type": "system", "system": change}


class Unsupported(Said):
    """A kind of message that the Cloud API does not pass on; `what` is Meta's word for it."""

    type: Literal["unsupported"]
    what: str | None = "poll_creation"
    code: Literal[131051, 131060] = 131051

    def content(self, scene: Scene) -> Json:
        title = "Message type unknown" if self.code == 131051 else "Message unavailable"
        details = "Message type is currently not supported." if self.code == 131051 else "Content is unavailable."
        error = {"code": self.code, "title": title, "message": title, "error_data": {"details": details}}
        message: Json = {"type": "unsupported", "errors": [error]}
        return message | ({"unsupported": {"type": self.what}} if self.what is not None else {})


class Edit(Said):
    type: Literal["edit"]
    original_message_id: str
    text: str

    def content(self, scene: Scene) -> Json:
        edited = {"type": "text", "text": {"body": self.text}}
        return {"type": "edit", "edit": {"original_message_id": self.original_message_id, "message": edited}}


class Revoke(Said):
    type: Literal["revoke"]
    original_message_id: str

    def content(self, scene: Scene) -> Json:
        return {"type": "revoke", "revoke": {"original_message_id": self.original_message_id}}


class RequestWelcome(Said):
    """The chat was opened for the first time; Meta removed it in March 2026, and may have some left."""

    type: Literal["request_welcome"]

    def content(self, scene: Scene) -> Json:
        return {"type": "request_welcome"}


class Raw(Said):
    """A message object as it is; what it has of `from`, `id` and `timestamp` is kept."""

    raw: Json

    def content(self, scene: Scene) -> Json:
        return dict(self.raw)


def _kind(said: Any) -> Any:
    return "raw" if isinstance(said, dict) and "raw" in said else "kind"


ByType = Annotated[
    Text
    | MediaSaid
    | Location
    | Cards
    | Tap
    | FormAnswer
    | QuickReply
    | Reaction
    | Order
    | System
    | Unsupported
    | Edit
    | Revoke
    | RequestWelcome,
    Field(discriminator="type"),
]
AnySaid = Annotated[Annotated[Raw, Tag("raw")] | Annotated[ByType, Tag("kind")], Discriminator(_kind)]
