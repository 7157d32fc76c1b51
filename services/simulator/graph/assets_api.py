"""What a business reads and makes of its own at Meta: templates, numbers, accounts."""

import base64
import binascii
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from services.simulator.graph.refusals import Refusal, invalid_parameter
from services.simulator.graph.standin import GraphStandIn
from services.simulator.graph.templates import Button, Category, Definition
from services.simulator.settings import BusinessNumber

Json = dict[str, Any]
MOST_ON_A_PAGE = 250


class NewTemplate(BaseModel):
    """The body of `POST /{waba}/message_templates`."""

    model_config = ConfigDict(extra="forbid")

    name: str
    language: str
    category: Category
    parameter_format: str = "positional"
    components: list[Json] = Field(min_length=1)
    allow_category_change: bool = True


class AssetsDesk:
    """Answers about the accounts of the made-up businesses. Every method raises `Refusal` like Meta."""

    def __init__(self, graph: GraphStandIn) -> None:
        self._graph = graph

    def is_account(self, node: str) -> bool:
        return self._graph.templates.is_account(node)

    def templates(self, account: str, query: Json) -> Json:
        """A page of `GET /{waba}/message_templates`."""
        found = [one.shown() for one in self._graph.templates.of(account)]
        for key in ("status", "name", "language", "category"):
            found = [one for one in found if key not in query or one[key] == query[key]]
        return _page(found, query)

    def numbers(self, account: str, query: Json) -> Json:
        """A page of `GET /{waba}/phone_numbers`."""
        return _page([self.number(one) for one in self._graph.numbers.values() if one.waba_id == account], query)

    def number(self, number: BusinessNumber) -> Json:
        """A number with every field, before the asked ones are chosen."""
        about = {"verified_name": number.name, "display_phone_number": number.display_phone_number}
        rating = self._graph.ratings.of(number.phone_number_id)
        return about | rating.shown(number.phone_number_id) | {"id": number.phone_number_id}

    def account(self, account: str) -> Json:
        """The account itself."""
        name = next(one.name for one in self._graph.numbers.values() if one.waba_id == account)
        return {"id": account, "name": name, "currency": "USD", "timezone_id": "1", "account_review_status": "APPROVED"}

    def create(self, account: str, body: Any) -> Json:
        """A new template, which waits for approval."""
        try:
            new = NewTemplate.model_validate(body)
            made = self._graph.templates.create(account, _definition(new))
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            raise invalid_parameter(f"Param {'.'.join(map(str, problem['loc']))}: {problem['msg']}.") from None
        return {"id": made.id, "status": made.status, "category": made.category}


def chosen(told: Json, fields: str | None) -> Json:
    """Only the fields that were asked for, and the id. Raises `Refusal` for one that there is not."""
    if fields is None:
        return told
    wanted = [name.partition("{")[0].strip() for name in fields.split(",")]
    known = set(told) | {"health_status", "webhook_configuration"}
    if strange := [name for name in wanted if name not in known]:
        raise Refusal(100, message=f"(#100) Tried accessing nonexisting field ({strange[0]})")
    return {name: told[name] for name in wanted if name in told} | {"id": told["id"]}


def _page(elements: list[Json], query: Json) -> Json:
    """Elements behind the cursor, as many as were asked for, and the next cursor if there are more."""
    start = _position(query.get("after"))
    size = min(int(query.get("limit") or 25), MOST_ON_A_PAGE)
    told = [chosen(element, query.get("fields")) for element in elements[start : start + size]]
    if not told:
        return {"data": []}
    end = start + len(told)
    paging: Json = {"cursors": {"before": _cursor(start), "after": _cursor(end)}}
    if end < len(elements):
        paging["next"] = "https://graph.facebook.com/made-up-next-page"
    return {"data": told, "paging": paging}


def _cursor(position: int) -> str:
    return base64.urlsafe_b64encode(f"cursor:{position}".encode()).decode()


def _position(cursor: str | None) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.urlsafe_b64decode(cursor).decode().removeprefix("cursor:"))
    except (binascii.Error, ValueError):
        raise Refusal(131059, "the cursor is not one of ours") from None


def _definition(new: NewTemplate) -> Definition:
    parts = {str(part.get("type")).upper(): part for part in new.components}
    if "BODY" not in parts:
        raise invalid_parameter("components must have a BODY.")
    header = parts.get("HEADER", {})
    body = str(parts["BODY"].get("text", ""))
    if body.strip().startswith("{{") or body.strip().endswith("}}"):
        raise Refusal(2388299, "Variables can't be at the start or end of the template")
    return Definition(
        name=new.name,
        language=new.language,
        category=new.category,
        body=body,
        header=header.get("text"),
        header_format=header.get("format"),
        footer=parts.get("FOOTER", {}).get("text"),
        buttons=[Button.model_validate(button) for button in parts.get("BUTTONS", {}).get("buttons", [])],
    )
