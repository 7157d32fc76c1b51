"""Templates: texts that Meta has approved, with gaps to be filled. The only kind that may open a conversation.

What a template looks like is not known here: names, numbers and places of its gaps must be as they were approved, else
Meta refuses (132000, 132012). The limits are those of Meta's docs (templates, 2026).
"""

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from remanso.model.outgoing_base import Quoting, refuse_repeated
from remanso.model.outgoing_files import HeaderFile

TemplateName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,512}$")]
TemplateLanguage = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(_[A-Z]{2})?$")]
MOST_TEMPLATE_BUTTONS = 10
_SPACE = re.compile(r"\s+")


def one_line(value: str) -> str:
    """`value` as a gap may hold it: Meta takes no new line, no tab and no long run of spaces."""
    return _SPACE.sub(" ", value).strip()


Gap = Annotated[str, StringConstraints(max_length=1024)]


class HeaderPlace(BaseModel):
    """A place in a template's header; Meta wants all four."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Literal["location"] = "location"
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    name: Annotated[str, StringConstraints(min_length=1, max_length=1000)]
    address: Annotated[str, StringConstraints(min_length=1, max_length=1000)]


class TemplateButton(BaseModel):
    """What fills a button: the end of its link (`url`), what a tap sends back (`quick_reply`), a code (`copy_code`).

    `index` is the button's place in the template, from 0.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Literal["url", "quick_reply", "copy_code"]
    index: Annotated[int, Field(ge=0, lt=MOST_TEMPLATE_BUTTONS)]
    value: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class Template(Quoting):
    """An approved template. Its body's gaps are filled in order, or by name where it was approved with names."""

    type: Literal["template"] = "template"
    name: TemplateName
    language: TemplateLanguage
    """Exactly as approved: `en_US` and `en` are two."""
    body: tuple[Gap, ...] | dict[str, Gap] = ()
    header: Gap | HeaderFile | HeaderPlace | None = None
    header_name: str | None = None
    """The name of the gap in a header's text, where the template has names."""
    buttons: Annotated[tuple[TemplateButton, ...], Field(max_length=MOST_TEMPLATE_BUTTONS)] = ()

    @field_validator("body")
    @classmethod
    def _filled(cls, body: tuple[str, ...] | dict[str, str]) -> tuple[str, ...] | dict[str, str]:
        cleaned = {key: one_line(value) for key, value in _pairs(body)}
        if not all(cleaned.values()):
            raise ValueError("every gap must be filled")
        return {str(key): value for key, value in cleaned.items()} if isinstance(body, dict) else (*cleaned.values(),)

    @field_validator("header")
    @classmethod
    def _header_filled(cls, header: str | HeaderFile | HeaderPlace | None) -> str | HeaderFile | HeaderPlace | None:
        if not isinstance(header, str):
            return header
        if not (cleaned := one_line(header)):
            raise ValueError("must say something")
        return cleaned

    @model_validator(mode="after")
    def _one_filling_for_a_button(self) -> "Template":
        refuse_repeated("button", [str(button.index) for button in self.buttons])
        return self

    @property
    def texts(self) -> list[str]:
        """What fills the body, in the order given."""
        return [value for _, value in _pairs(self.body)]


def _pairs(body: tuple[str, ...] | Mapping[str, str]) -> list[tuple[str | int, str]]:
    return list(body.items()) if isinstance(body, Mapping) else list(enumerate(body))
