"""What a client's code sees of the conversation it is called in, what it may write down and what it may send."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol
from uuid import UUID

from remanso.errors import BadInput
from remanso.model.outgoing import (
    Button,
    Buttons,
    List,
    LocationRequest,
    Media,
    Outgoing,
    Row,
    Section,
)
from remanso.model.outgoing_base import limits_told
from remanso.plugin.catalogue import Catalogue, Items
from remanso.plugin.collections import ItemT
from remanso.plugin.config import ClientConfig

MOST_SENT = 10
"""Messages that one call may send."""


@dataclass(frozen=True)
class ContactView:
    """What is known about the person. `location` has the keys of a location message (degrees, WGS 84)."""

    name: str | None = None
    email: str | None = None
    language: str | None = None
    location: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class Records(Protocol):
    """Who carries out what a client's code asks for: the agent in service, `remanso.testing` in a client's tests."""

    async def save_contact(
        self, name: str | None, email: str | None, language: str | None, facts: Mapping[str, Any]
    ) -> None: ...

    async def hand_off(self, reason: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class TurnContext:
    """The turn that tools and hooks are called in. `now` is the database's clock, in the client's time zone."""

    client: ClientConfig
    contact: ContactView
    conversation_id: UUID
    turn_id: UUID
    now: datetime
    records: Records = field(repr=False)
    catalogue: Catalogue = field(repr=False)

    def collection(self, model: type[ItemT]) -> Items[ItemT]:
        """The client's collection of `model`, as it is stored now. Raises LookupError when there is none."""
        return self.catalogue.of(model)

    async def save_contact(
        self, name: str | None = None, email: str | None = None, language: str | None = None, **facts: Any
    ) -> None:
        """Writes down what was learned about the person, at once. None leaves what is known; facts are JSON values.

        In their `language` (`en`, `pt-BR`, …) they get the client's own texts and templates, where it has them.
        """
        await self.records.save_contact(name, email, language, facts)

    async def handoff(self, reason: str) -> None:
        """Asks for a person. It takes effect when this turn's answer is stored: the bot still says its last words."""
        await self.records.hand_off(reason)


@dataclass(frozen=True, kw_only=True)
class ToolContext(TurnContext):
    """One call of one tool. `idempotency_key` is the same when the call is run again after a crash.

    Pass the key on to whatever the tool writes to: it is how a second run finds the first one's traces.
    """

    call_id: str
    idempotency_key: str
    outbox: list[Outgoing] = field(default_factory=list, repr=False)
    """What this call has sent so far."""

    async def send(self, message: Outgoing) -> None:
        """Sends a message of any kind, behind the texts said so far and before those to come.

        It goes out together with the call's result: a call that fails, or runs out of time, sends nothing; one that is
        run again after a crash sends once.

        Raises:
            BadInput: this call has sent too much already.
        """
        if len(self.outbox) >= MOST_SENT:
            raise BadInput(f"one call sends at most {MOST_SENT} messages")
        self.outbox.append(message)

    async def send_buttons(
        self, text: str, buttons: Sequence[Button | str], *, header: str | None = None, footer: str | None = None
    ) -> None:
        """Offers up to three buttons of up to 20 characters below a text of up to 1024. A tap is the next message.

        A button given as a mere text has it for its id too. Raises BadInput naming the limit that was passed.
        """
        with limits_told():
            offered = tuple(Button(id=one, title=one) if isinstance(one, str) else one for one in buttons)
            message = Buttons(text=text, buttons=offered, header=header, footer=footer)
        await self.send(message)

    async def send_list(
        self,
        text: str,
        label: str,
        rows: Sequence[Row | Section | str],
        *,
        header: str | None = None,
        footer: str | None = None,
    ) -> None:
        """Offers a list of up to ten rows of up to 24 characters, opened by a button `label` of up to 20.

        `rows` are rows, or sections of them; a row given as a mere text has it for its id too. Raises BadInput naming
        the limit that was passed.
        """
        with limits_told():
            message = List(text=text, label=label, sections=_sections(rows), header=header, footer=footer)
        await self.send(message)

    async def send_media(
        self,
        kind: Literal["image", "video", "audio", "document", "sticker"],
        *,
        link: str | None = None,
        media_id: str | None = None,
        file: str | None = None,
        caption: str | None = None,
        filename: str | None = None,
    ) -> None:
        """Sends a file: a public https link that Meta fetches, the id of an upload, or a path in the client's folder.

        Captions of up to 1024 characters go with images, videos and documents, a file name with documents. Raises
        BadInput naming the limit that was passed.
        """
        with limits_told():
            message = Media(type=kind, link=link, id=media_id, file=file, caption=caption, filename=filename)
        await self.send(message)

    async def request_location(self, text: str) -> None:
        """Asks where the person is, with a button to share it. Raises BadInput for more than 1024 characters."""
        with limits_told():
            message = LocationRequest(text=text)
        await self.send(message)


def _sections(rows: Sequence[Row | Section | str]) -> tuple[Section, ...]:
    """The rows that stand alone as a section without a title, and the sections."""
    sections: list[Section] = []
    loose: list[Row] = []
    for one in rows:
        if isinstance(one, Section):
            sections.append(one)
        else:
            loose.append(Row(id=one, title=one) if isinstance(one, str) else one)
    return (*([Section(rows=tuple(loose))] if loose else []), *sections)
