"""The body of a template send, as Meta wants it."""

from typing import Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.simulator.graph.shapes import INVALID_PARAMETER, Shape


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

    @model_validator(mode="after")
    def _button_or_not(self) -> "Component":
        if (self.type == "button") != (self.sub_type is not None and self.index is not None):
            raise PydanticCustomError(INVALID_PARAMETER, "buttons, and they alone, have a sub_type and an index")
        return self


class TemplateBody(Shape):
    name: str = Field(pattern=r"^[a-z0-9_]{1,512}$")
    language: Language
    components: list[Component] = Field(default_factory=list)

    @property
    def header(self) -> list[Parameter]:
        """What fills the header."""
        return [gap for component in self.components if component.type == "header" for gap in component.parameters]

    @property
    def gaps(self) -> list[Parameter]:
        """What fills the body."""
        return [gap for component in self.components if component.type == "body" for gap in component.parameters]

    @property
    def buttons(self) -> dict[str, Component]:
        """What fills the buttons, by their place."""
        return {str(component.index): component for component in self.components if component.type == "button"}
