"""Webhooks about templates and numbers: what a test lets happen to them, told as Meta tells it."""

import time
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from remanso.errors import BadInput
from services.simulator.graph.ratings import Quality, Rating
from services.simulator.graph.standin import GraphStandIn
from services.simulator.graph.templates import Category, Definition
from services.simulator.settings import BusinessNumber
from services.simulator.webhooks.delivery import WebhookPost

Json = dict[str, Any]
# What an event makes of a template, where it changes whether it can be sent.
_BECOMES = {name: name for name in ("APPROVED", "REJECTED", "PAUSED", "DISABLED", "PENDING")} | {
    "REINSTATED": "APPROVED"
}


class TemplateNews(BaseModel):
    """What happens to a template: an `event` (with `reason`), another `quality`, another `category`.

    `at` is Meta's time (Unix seconds, default now); `silent` moves the state without a webhook.
    """

    model_config = ConfigDict(extra="forbid")

    name: str
    language: str
    account: str | None = None
    event: str | None = None
    reason: str | None = None
    quality: Quality | None = None
    category: Category | None = None
    at: int | None = None
    silent: bool = False
    repeat: int = Field(default=1, ge=1, le=100)


class NumberNews(BaseModel):
    """What happens to a number: its rating, and the webhook field that tells of it with its own keys in `value`."""

    model_config = ConfigDict(extra="forbid")

    phone_number_id: str
    rating: Rating | None = None
    field: (
        Literal["phone_number_quality_update", "phone_number_name_update", "security", "account_update",
                "account_review_update", "account_alerts", "business_capability_update"]
        | None
    ) = None  # fmt: skip
    value: Json = Field(default_factory=dict)
    at: int | None = None
    repeat: int = Field(default=1, ge=1, le=100)


class News:
    """Moves the state, then posts."""

    def __init__(self, graph: GraphStandIn, post: WebhookPost) -> None:
        self._graph = graph
        self._post = post

    async def of_template(self, news: TemplateNews) -> Json:
        """Raises BadInput for a template that there is not."""
        before = self._graph.templates.find(news.name, news.language, news.account)
        if before is None:
            raise BadInput("there is no such template")
        after = self._graph.templates.approve(before.model_copy(update=_moved(news)))
        if not news.silent:
            for field, value in _told(news, before, after):
                await self._tell(after.account or "", field, value, news.at, news.repeat)
        return after.shown()

    async def of_number(self, news: NumberNews) -> Json:
        """Raises Refusal for an unknown number."""
        number = self._graph.number(news.phone_number_id)
        if news.rating is not None:
            self._graph.ratings.rate(number.phone_number_id, news.rating)
        if news.field is not None:
            await self._tell(number.waba_id, news.field, _named(number, news.field) | news.value, news.at, news.repeat)
        return self._graph.ratings.of(number.phone_number_id).model_dump()

    async def _tell(self, account: str, field: str, value: Json, at: int | None, repeat: int) -> None:
        change = {"field": field, "value": value}
        entry = {"id": account, "time": at or int(time.time()), "changes": [change]}
        for _ in range(repeat):
            delivery = self._post.deliver({"object": "whatsapp_business_account", "entry": [entry]})
            await delivery.over.wait()


def _moved(news: TemplateNews) -> Json:
    state = {"status": _BECOMES.get(news.event or ""), "quality": news.quality, "category": news.category}
    return {key: value for key, value in state.items() if value is not None}


def _told(news: TemplateNews, before: Definition, after: Definition) -> list[tuple[str, Json]]:
    named = {
        "message_template_id": int(after.id),
        "message_template_name": after.name,
        "message_template_language": after.language,
    }
    told: list[tuple[str, Json]] = []
    if news.event is not None:
        value = {"event": news.event, "reason": news.reason or "NONE", "message_template_category": after.category}
        told.append(("message_template_status_update", named | value))
    if news.quality is not None:
        value = {"previous_quality_score": before.quality, "new_quality_score": news.quality}
        told.append(("message_template_quality_update", named | value))
    if news.category is not None:
        value = {"previous_category": before.category, "new_category": news.category}
        told.append(("template_category_update", named | value))
    return told


def _named(number: BusinessNumber, field: str) -> Json:
    return {} if field.startswith(("account_", "business_")) else {"display_phone_number": number.digits}
