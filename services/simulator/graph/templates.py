"""Templates of the made-up businesses: what was created, its state, and whether a send fills it as it was approved."""

import re
import secrets
from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.simulator.graph.refusals import Refusal, invalid_parameter
from services.simulator.graph.template_body import Component, Parameter, TemplateBody

Json = dict[str, Any]
_BAD_TEXT = re.compile(r"[\n\t]| {5,}")
_GAP = re.compile(r"\{\{\s*(\w+)\s*\}\}")

Category = Literal["MARKETING", "UTILITY", "AUTHENTICATION"]
Status = Literal["APPROVED", "PENDING", "REJECTED", "PAUSED", "DISABLED"]


class Button(BaseModel):
    """`url` may end in `{{1}}`, to be filled."""

    model_config = ConfigDict(extra="forbid")

    type: Literal["URL", "QUICK_REPLY", "PHONE_NUMBER", "COPY_CODE"]
    text: str = Field(min_length=1, max_length=25)
    url: str | None = None
    phone_number: str | None = None
    example: list[str] | str | None = None


class Definition(BaseModel):
    """A template of one account. Its texts have their variables as `{{1}}`, `{{2}}`… or by name."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: str = Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")
    body: str = Field(min_length=1, max_length=1024)
    header: str | None = Field(default=None, max_length=60)
    header_format: Literal["TEXT", "IMAGE", "VIDEO", "DOCUMENT", "LOCATION"] | None = None
    footer: str | None = Field(default=None, max_length=60)
    buttons: list[Button] = Field(default_factory=list, max_length=10)
    category: Category = "UTILITY"
    status: Status = "APPROVED"
    quality: Literal["GREEN", "YELLOW", "RED", "UNKNOWN"] = "UNKNOWN"
    rejected_reason: str = "NONE"
    id: str = Field(default_factory=lambda: str(500000000000000 + secrets.randbelow(10**14)))
    account: str | None = None
    """The WhatsApp Business Account; None: the first one."""

    def variables(self) -> list[str]:
        """Names of the body's variables, each once, in order."""
        return list(dict.fromkeys(_GAP.findall(self.body)))

    @property
    def is_named(self) -> bool:
        """Whether gaps are filled by name."""
        return any(not name.isdigit() for name in self.variables())

    def filled(self, sent: TemplateBody) -> str:
        """The body as the contact reads it."""
        texts = [gap.text or "" for gap in sent.gaps]
        names = [gap.parameter_name or "" for gap in sent.gaps] if self.is_named else self.variables()
        values = dict(zip(names, texts, strict=True))
        return _GAP.sub(lambda match: values[match.group(1)], self.body)

    def components(self) -> list[Json]:
        """As the list of templates shows them."""
        parts: list[Json] = []
        if self.header_format and self.header_format != "TEXT":
            parts.append({"type": "HEADER", "format": self.header_format})
        elif self.header:
            parts.append({"type": "HEADER", "format": "TEXT", "text": self.header})
        parts.append({"type": "BODY", "text": self.body})
        if self.footer:
            parts.append({"type": "FOOTER", "text": self.footer})
        if self.buttons:
            parts.append(
                {"type": "BUTTONS", "buttons": [button.model_dump(exclude_none=True) for button in self.buttons]}
            )
        return parts

    def shown(self) -> Json:
        """One element of `GET /{waba}/message_templates`."""
        return {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "parameter_format": "NAMED" if self.is_named else "POSITIONAL",
            "components": self.components(),
            "quality_score": {"score": self.quality, "date": 1790000000},
            "rejected_reason": self.rejected_reason,
        }


# A sample of this name is in every new account of Meta's; its words here are ours.
HELLO_WORLD = Definition(
    name="hello_world",
    language="en_US",
    body="Welcome! This message shows that your business can send WhatsApp messages.",
)


class Templates:
    """The templates of all accounts."""

    def __init__(self, accounts: Sequence[str]) -> None:
        self._accounts = list(dict.fromkeys(accounts))
        self._known: dict[tuple[str, str, str], Definition] = {}
        self.reset()

    def reset(self) -> None:
        """Back to Meta's sample alone."""
        self._known.clear()
        for account in self._accounts:
            self.approve(HELLO_WORLD.model_copy(update={"account": account}))

    def approve(self, definition: Definition) -> Definition:
        """Add a template, or replace the one with its account, name and language, whose id it keeps."""
        account = definition.account or self._accounts[0]
        key = (account, definition.name, definition.language)
        before = self._known.get(key)
        kept = definition.model_copy(update={"account": account} | ({"id": before.id} if before else {}))
        self._known[key] = kept
        return kept

    def create(self, account: str, definition: Definition) -> Definition:
        """As a business asks for one: it is pending. Raises `Refusal` for one that is there already."""
        if (account, definition.name, definition.language) in self._known:
            raise invalid_parameter("Content in this language already exists")
        return self.approve(definition.model_copy(update={"account": account, "status": "PENDING"}))

    def drop(self, account: str, name: str, template_id: str | None) -> bool:
        """All languages of a name, or the one with this id; whether there was one."""
        found = [
            key for key, one in self._known.items() if key[:2] == (account, name) and template_id in (None, one.id)
        ]
        for key in found:
            del self._known[key]
        return bool(found)

    def find(self, name: str, language: str, account: str | None = None) -> Definition | None:
        """The template with this name and language."""
        return self._known.get((account or self._accounts[0], name, language))

    def of(self, account: str) -> list[Definition]:
        """All of an account, in the order in which they were made."""
        return [definition for (owner, _, _), definition in self._known.items() if owner == account]

    def __iter__(self) -> Iterator[Definition]:
        return iter(self._known.values())

    def is_account(self, node: str) -> bool:
        return node in self._accounts

    def check(self, account: str, sent: TemplateBody) -> Definition:
        """The definition behind a send. Raises `Refusal` 132001, 132015, 132016, 132000 or 132012."""
        definition = self.find(sent.name, sent.language.code, account)
        if definition is None or definition.status in ("PENDING", "REJECTED"):
            raise Refusal(132001, f"template name ({sent.name}) does not exist in {sent.language.code}")
        if definition.status != "APPROVED":
            raise Refusal(132015 if definition.status == "PAUSED" else 132016)
        for part, gaps, expected in _gaps(definition, sent):
            _check_count(part, len(gaps), expected)
        _check_names(definition, sent)
        for parameter in (gap for _, gaps, _ in _gaps(definition, sent) for gap in gaps):
            _check_text(parameter)
        _check_header(definition, sent.header)
        _check_buttons(definition, sent.buttons)
        return definition


def _gaps(definition: Definition, sent: TemplateBody) -> Iterator[tuple[str, list[Parameter], int]]:
    """Each part with what fills it and how many gaps it has."""
    takes_one = definition.header_format not in (None, "TEXT") or bool(_GAP.search(definition.header or ""))
    yield "header", sent.header, int(takes_one)
    yield "body", sent.gaps, len(definition.variables())


def _check_count(part: str, given: int, expected: int) -> None:
    if given != expected:
        raise Refusal(132000, f"{part}: number of localizable_params ({given}) does not match ({expected}) params")


def _check_names(definition: Definition, sent: TemplateBody) -> None:
    named = {gap.parameter_name for gap in sent.gaps}
    if named - {None} and not definition.is_named:
        raise invalid_parameter("parameter_name is not possible with a template of positional parameters.")
    if definition.is_named and named != set(definition.variables()):
        raise invalid_parameter("Parameter name is missing or empty")


def _check_text(parameter: Parameter) -> None:
    if parameter.type == "text" and (not parameter.text or _BAD_TEXT.search(parameter.text)):
        raise Refusal(132012, "a text parameter is empty or has a new line, a tab or more than 4 consecutive spaces")


def _check_header(definition: Definition, gaps: list[Parameter]) -> None:
    wanted = (definition.header_format or "TEXT").lower()
    if any(gap.type != wanted for gap in gaps):
        raise Refusal(132012, f"header: Format mismatch, expected {wanted.upper()}")


_FILLED_BY = {"URL": "url", "QUICK_REPLY": "quick_reply", "COPY_CODE": "copy_code"}


def _check_buttons(definition: Definition, sent: dict[str, Component]) -> None:
    """A link with a gap must be filled; payloads of quick replies may be given."""
    for place, button in enumerate(definition.buttons):
        filling = sent.get(str(place))
        needs = button.type == "COPY_CODE" or (button.type == "URL" and bool(_GAP.search(button.url or "")))
        if filling is None and needs:
            raise Refusal(131008, f"buttons: Button at index {place} of type {button.type} requires a parameter")
        if filling is not None and filling.sub_type != _FILLED_BY.get(button.type):
            raise Refusal(132012, f"buttons: Button at index {place} is of type {button.type}")
    strangers = set(sent) - {str(place) for place in range(len(definition.buttons))}
    if strangers:
        raise Refusal(132012, f"buttons: there is no button at index {min(strangers)}")
