"""`/conversations/{conversation_id}/…`: the log as the team sees it, and what may be said."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from remanso.model.dialog import Entry
from remanso.model.outgoing import Outgoing
from services.console.api.caller import Caller, Here, Reader, Writer
from services.console.api.once import Once
from services.console.api.paging import UUID_PATTERN, Limit, Page, cut
from services.console.api.problems import ALWAYS, CHANGES, declared, not_found
from services.console.composer.attaching import attached
from services.console.composer.saying import composed, linked, note, say
from services.console.composer.templates import filled, templates_for
from services.console.console import Console
from services.console.dialog.backwards import behind
from services.console.media.routes import file_of
from services.console.takeover.taking import locked

routes = APIRouter(prefix="/conversations/{conversation_id}", tags=["Messages"], route_class=Once)

Words = Annotated[str, Field(min_length=1, max_length=4096, pattern=r"\S")]


class PartOut(BaseModel):
    """One delivery and its fate."""

    id: UUID
    state: str
    code: int | None = Field(description="Meta's error code.")
    reason: str | None


class EntryOut(BaseModel):
    """One line of the log. Tool traffic, drafts and costs are for operators and never in it."""

    id: str
    kind: Literal["message", "text", "handed_off", "taken_over", "handed_back", "note"]
    author: Literal["contact", "bot", "human"] | None
    who: str | None = Field(description="The person or key of the team.")
    at: datetime
    sent_at: datetime | None = Field(description="Of a contact's message, by WhatsApp's clock.")
    content: dict[str, Any] = Field(description="By its `kind` or `type`: text, image, choice, buttons …")
    fate: str | None = Field(description="Of a contact's message: turn, human, feedback, dropped; null while it waits.")
    reason: str | None = Field(
        description="Why the bot asked for a person, or why a message was dropped; of handed_back by what: person, time"
        " (theirs ran out) or nobody (came)."
    )
    parts: list[PartOut]


class Sayable(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TextIn(Sayable):
    type: Literal["text"]
    text: Words = Field(examples=["¡Hola! Soy Ana, ¿en qué te ayudo?"])


class ButtonIn(Sayable):
    title: Annotated[str, Field(min_length=1, max_length=20, pattern=r"\S")]


class ButtonsIn(Sayable):
    """Titles have to differ from each other."""

    type: Literal["buttons"]
    text: Annotated[str, Field(min_length=1, max_length=1024, pattern=r"\S")]
    buttons: Annotated[list[ButtonIn], Field(min_length=1, max_length=3)]


class MediaIn(Sayable):
    """A file: one that was added to the conversation before, or one that Meta fetches from a public https link."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"oneOf": [{"required": ["attachment_id"]}, {"required": ["link"]}]}
    )

    type: Literal["image", "video", "audio", "document"]
    attachment_id: UUID | SkipJsonSchema[None] = Field(None, description="From POST …/attachments; of this kind.")
    link: Annotated[str, Field(pattern=r"^https://[^\s/]+/?\S*$", max_length=2000)] | SkipJsonSchema[None] = None
    caption: Annotated[str, Field(max_length=1024)] | None = Field(None, description="Not with audio.")

    @model_validator(mode="after")
    def _from_one_place(self) -> "MediaIn":
        """A null counts as given: the description has none."""
        given = self.model_fields_set & {"attachment_id", "link"}
        if len(given) != 1 or (self.attachment_id or self.link) is None:
            raise ValueError("needs `attachment_id` or `link`, one of both")
        return self


class TemplateIn(Sayable):
    """An approved template; the one thing that goes while the 24-hour window is closed."""

    type: Literal["template"]
    name: Annotated[str, Field(min_length=1, max_length=512)]
    language: Annotated[str, Field(min_length=2, max_length=16, examples=["es"])]
    gaps: list[Annotated[str, Field(max_length=1024)]] = Field([], description="What fills its gaps, in order.")


class SavedReplyIn(Sayable):
    """The text of a saved reply."""

    type: Literal["saved_reply"]
    reply_id: UUID


MessageIn = Annotated[
    TextIn | ButtonsIn | MediaIn | TemplateIn | SavedReplyIn,
    Field(discriminator="type"),
]


class NoteIn(Sayable):
    text: Annotated[str, Field(min_length=1, max_length=4000, pattern=r"\S")]


class Written(BaseModel):
    id: str = Field(description="Its entry in the log.", examples=["message-0199c0de-0000-7000-8000-000000000001"])


@routes.get("/messages", responses=ALWAYS, summary="The log of a conversation")
async def log(
    caller: Reader,
    console: Here,
    conversation_id: UUID,
    limit: Limit = 50,
    cursor: Annotated[
        Annotated[str, Field(pattern=f"^([a-z_]+-{UUID_PATTERN})?$")] | SkipJsonSchema[None],
        Query(description="The `next` of the page before."),
    ] = None,
) -> Page[EntryOut]:
    """What was said and done, as people of the team see it; the newest first."""
    async with console.store.transaction() as tx:
        held = await caller.views(tx).holding.get(conversation_id)
        if held is None:
            raise not_found()
        entries = await behind(tx, held.id, caller.sees, cursor, limit + 1)
    if entries is None:
        raise not_found()
    shown, last = cut(entries, limit)
    return Page(data=[_told(each) for each in shown], next=last.id if last else None)


@routes.post("/messages", status_code=201, responses=CHANGES, summary="Say something to the contact")
async def send(caller: Writer, console: Here, conversation_id: UUID, message: MessageIn) -> Written:
    """Queued at once and sent in order; watch its parts, or the webhooks, for what becomes of it.

    Takes a conversation that this key has taken over.
    """
    said = await outgoing(console, caller, conversation_id, message)
    message_id = await say(console, caller, conversation_id, said, str(uuid4()))
    return Written(id=f"message-{message_id}")


@routes.post("/notes", status_code=201, responses=CHANGES, summary="Write a private note")
async def write_note(caller: Writer, console: Here, conversation_id: UUID, written: NoteIn) -> Written:
    """For the people of the team: never sent, never shown to the bot."""
    note_id = await note(console, caller, conversation_id, written.text, str(uuid4()))
    return Written(id=f"note-{note_id}")


@routes.get(
    "/messages/{message_id}/file",
    response_class=Response,
    responses=ALWAYS
    | declared(410)
    | {200: {"description": "Its bytes.", "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}},
    summary="The file of a contact's message",
)
async def file(caller: Reader, console: Here, conversation_id: UUID, message_id: UUID) -> Response:
    """For a week, or for as long as the client keeps files. `message_id` is the entry's id without `message-`."""
    return await file_of(console, caller, conversation_id, message_id)


def _told(entry: Entry) -> EntryOut:
    return EntryOut(
        id=entry.id,
        kind=entry.kind.value,
        author=entry.author.value if entry.author else None,
        who=entry.who,
        at=entry.at,
        sent_at=entry.sent_at,
        content=entry.content,
        fate=entry.fate,
        reason=entry.reason,
        parts=[PartOut(**vars(each)) for each in entry.parts],
    )


async def outgoing(console: Console, caller: Caller, conversation_id: UUID, message: MessageIn) -> Outgoing:
    """What is to be sent, made as the composer makes it. Raises NotSaid, Problem 404."""
    if isinstance(message, TemplateIn):
        async with console.store.transaction() as tx:
            held = await locked(tx, caller, conversation_id)
            usable = await templates_for(tx, console.registry.clients.get(held.client), held.channel)
        return filled(usable, f"{message.name}:{message.language}", message.gaps)
    if isinstance(message, SavedReplyIn):
        async with console.store.transaction() as tx:
            replies = await caller.views(tx).holding.saved_replies(caller.client)
        text = next((each.text for each in replies if each.id == message.reply_id), None)
        if text is None:
            raise not_found()
        return composed(text, [])
    if isinstance(message, MediaIn) and message.attachment_id:
        file = await attached(console, caller, conversation_id, message.attachment_id, message.type)
        return composed(message.caption or "", [], file)
    if isinstance(message, MediaIn):
        return linked(message.type, message.link or "", message.caption)
    buttons = [each.title for each in message.buttons] if isinstance(message, ButtonsIn) else []
    return composed(message.text, buttons)
