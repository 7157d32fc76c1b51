"""Templates: the body of a template send, and the ones approved for the made-up businesses."""

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.simulator.graph.refusals import Refusal
from services.simulator.graph.shapes import Shape

_BAD_PARAMETER_TEXT = re.compile(r"[\n\t]| {5,}")


class Language(Shape):
    code: str = Field(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")
    policy: Literal["deterministic"] | None = None


class Parameter(Shape):
    type: Literal[
        "text", "image", "video", "document", "location", "currency", "date_time", "payload", "coupon_code", "action"
    ]
    parameter_name: str | None = None
    text: str | None = None
    payload: str | None = None
    coupon_code: str | None = None
    image: dict[str, Any] | None = None
    video: dict[str, Any] | None = None
    document: dict[str, Any] | None = None
    location: dict[str, Any] | None = None
    currency: dict[str, Any] | None = None
    date_time: dict[str, Any] | None = None
    action: dict[str, Any] | None = None


class Component(Shape):
    type: Literal["header", "body", "button"]
    sub_type: Literal["url", "quick_reply", "copy_code", "flow", "catalog"] | None = None
    index: str | int | None = None
    parameters: list[Parameter] = Field(default_factory=list)


class TemplateBody(Shape):
    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: Language
    components: list[Component] = Field(default_factory=list)

    def texts(self) -> list[str]:
        """The body's text parameters, in order."""
        bodies = [component for component in self.components if component.type == "body"]
        return [parameter.text or "" for body in bodies for parameter in body.parameters]


class Definition(BaseModel):
    """An approved template. `body` has its variables as `{{1}}`, `{{2}}`… or by name."""

    model_config = ConfigDict(extra="forbid")

    name: str
    language: str
    body: str
    category: Literal["MARKETING", "UTILITY", "AUTHENTICATION"] = "UTILITY"
    status: Literal["APPROVED", "PAUSED", "DISABLED"] = "APPROVED"

    def variables(self) -> list[str]:
        """Names of the body's variables, each once, in order."""
        return list(dict.fromkeys(re.findall(r"\{\{\s*(\w+)\s*\}\}", self.body)))

    def filled(self, texts: list[str]) -> str:
        """The body as the contact reads it."""
        values = dict(zip(self.variables(), texts, strict=True))
        return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda match: values[match.group(1)], self.body)


# A sample of this name is in every new account of Meta's; its words here are ours.
HELLO_WORLD = Definition(
    name="hello_world",
    language="en_US",
    body="Welcome! This message shows that your business can send WhatsApp messages.",
)


class Templates:
    """The templates that may be sent."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Definition] = {}
        self.reset()

    def reset(self) -> None:
        """Back to Meta's sample alone."""
        self._known.clear()
        self.approve(HELLO_WORLD)

    def approve(self, definition: Definition) -> None:
        """Add a template, or replace the one with its name and language."""
        self._known[(definition.name, definition.language)] = definition

    def check(self, sent: TemplateBody) -> Definition:
        """The definition behind a send. Raises `Refusal` 132001, 132015, 132016, 132000 or 132012."""
        definition = self._known.get((sent.name, sent.language.code))
        if definition is None:
            raise Refusal(132001, f"template name ({sent.name}) does not exist in {sent.language.code}")
        if definition.status != "APPROVED":
            raise Refusal(132015 if definition.status == "PAUSED" else 132016)
        texts, expected = sent.texts(), len(definition.variables())
        if len(texts) != expected:
            raise Refusal(
                132000, f"body: number of localizable_params ({len(texts)}) does not match ({expected}) params"
            )
        if any(not text or _BAD_PARAMETER_TEXT.search(text) for text in texts):
            raise Refusal(
                132012, "a text parameter is empty or has a new line, a tab or more than 4 consecutive spaces"
            )
        return definition
