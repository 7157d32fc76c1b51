"""Interactive bodies of a send: reply buttons, lists, links, requests, flows."""

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from services.simulator.graph.shapes import INVALID_VALUE, Media, Shape, Url


def _refuse_repeated(what: str, values: list[str]) -> None:
    if len(set(values)) != len(values):
        raise PydanticCustomError(INVALID_VALUE, f"must not repeat a {what}")


class HeaderText(Shape):
    type: Literal["text"]
    text: str = Field(min_length=1, max_length=60)


class HeaderImage(Shape):
    type: Literal["image"]
    image: Media


class HeaderVideo(Shape):
    type: Literal["video"]
    video: Media


class HeaderFile(Media):
    filename: str | None = Field(default=None, max_length=240)


class HeaderDocument(Shape):
    type: Literal["document"]
    document: HeaderFile


Header = Annotated[HeaderText | HeaderImage | HeaderVideo | HeaderDocument, Field(discriminator="type")]


class Body(Shape):
    text: str = Field(min_length=1, max_length=1024)


class LongBody(Shape):
    text: str = Field(min_length=1, max_length=4096)


class Footer(Shape):
    text: str = Field(min_length=1, max_length=60)


class Reply(Shape):
    id: str = Field(min_length=1, max_length=256)
    title: str = Field(min_length=1, max_length=20)


class ReplyButton(Shape):
    type: Literal["reply"]
    reply: Reply


class ButtonAction(Shape):
    buttons: list[ReplyButton] = Field(min_length=1, max_length=3)

    @model_validator(mode="after")
    def _distinct(self) -> "ButtonAction":
        _refuse_repeated("button id", [button.reply.id for button in self.buttons])
        _refuse_repeated("button title", [button.reply.title for button in self.buttons])
        return self


class Buttons(Shape):
    type: Literal["button"]
    header: Header | None = None
    body: Body
    footer: Footer | None = None
    action: ButtonAction


class Row(Shape):
    id: str = Field(min_length=1, max_length=200)
    title: str = Field(min_length=1, max_length=24)
    description: str | None = Field(default=None, max_length=72)


class Section(Shape):
    title: str | None = Field(default=None, max_length=24)
    rows: list[Row] = Field(min_length=1, max_length=10)


class ListAction(Shape):
    button: str = Field(min_length=1, max_length=20)
    sections: list[Section] = Field(min_length=1, max_length=10)

    @model_validator(mode="after")
    def _rows_in_all(self) -> "ListAction":
        rows = [row for section in self.sections for row in section.rows]
        if len(rows) > 10:
            raise PydanticCustomError(INVALID_VALUE, "must not have more than 10 rows in all sections together")
        _refuse_repeated("row id", [row.id for row in rows])
        if len(self.sections) > 1 and not all(section.title for section in self.sections):
            raise PydanticCustomError(INVALID_VALUE, "must give every section a title when there is more than one")
        return self


class List(Shape):
    type: Literal["list"]
    header: HeaderText | None = None
    body: LongBody
    footer: Footer | None = None
    action: ListAction


class LinkParameters(Shape):
    display_text: str = Field(min_length=1, max_length=20)
    url: Url


class LinkAction(Shape):
    name: Literal["cta_url"]
    parameters: LinkParameters


class Link(Shape):
    type: Literal["cta_url"]
    header: Header | None = None
    body: Body
    footer: Footer | None = None
    action: LinkAction


class LocationAction(Shape):
    name: Literal["send_location"]


class LocationRequest(Shape):
    type: Literal["location_request_message"]
    body: Body
    action: LocationAction


class ContactInfoAction(Shape):
    name: Literal["request_contact_info"]


class ContactInfoRequest(Shape):
    type: Literal["request_contact_info"]
    body: Body
    action: ContactInfoAction


class FlowParameters(Shape):
    flow_message_version: Literal["3"]
    flow_id: str | None = None
    flow_name: str | None = None
    flow_token: str | None = None
    flow_cta: str = Field(min_length=1, max_length=30)
    flow_action: Literal["navigate", "data_exchange"] = "navigate"
    flow_action_payload: dict[str, Any] | None = None
    mode: Literal["draft", "published"] = "published"

    @model_validator(mode="after")
    def _one_flow(self) -> "FlowParameters":
        if (self.flow_id is None) == (self.flow_name is None):
            raise PydanticCustomError(INVALID_VALUE, "must have exactly one of 'flow_id' and 'flow_name'")
        return self


class FlowAction(Shape):
    name: Literal["flow"]
    parameters: FlowParameters


class Flow(Shape):
    type: Literal["flow"]
    header: Header | None = None
    body: Body
    footer: Footer | None = None
    action: FlowAction


Interactive = Annotated[
    Buttons | List | Link | LocationRequest | ContactInfoRequest | Flow, Field(discriminator="type")
]
