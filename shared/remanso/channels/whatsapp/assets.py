"""What a client has at Meta, read from Graph: templates, numbers, the account (Meta docs, management API, 2026)."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from remanso.channels.whatsapp.client import GraphClient
from remanso.channels.whatsapp.shapes import list_in, object_in, objects_in, text_in
from remanso.model.health import Fact, Subject, template_status

PAGE = 100
MOST_PAGES = 100
"""6000 templates are the most an account may have; a cursor that goes round in circles has to end, too."""
TEMPLATE_FIELDS = "name,language,status,category,components,quality_score,rejected_reason"
NUMBER_FIELDS = "id,display_phone_number,verified_name,status,quality_rating,name_status,throughput"


class Assets:
    """Reads as facts that hold at `at`: an account's own view, whole. Every method raises GraphUnreadable."""

    def __init__(self, graph: GraphClient) -> None:
        self._graph = graph

    async def templates(self, account: str, token: SecretStr, at: datetime) -> list[Fact]:
        """Status, category, quality and components of every template of the account."""
        path = f"{account}/message_templates"
        return [fact async for told in self._all(path, token, TEMPLATE_FIELDS) for fact in _template(account, told, at)]

    async def numbers(self, account: str, token: SecretStr, at: datetime) -> list[Fact]:
        """State, quality, limit and throughput of every number of the account."""
        facts = []
        async for told in self._all(f"{account}/phone_numbers", token, NUMBER_FIELDS):
            channel = text_in(told, "id")
            if channel is not None:
                limits = await self._graph.read(channel, token, fields="whatsapp_business_manager_messaging_limit")
                facts += _number(account, channel, limits | told, at)
        return facts

    async def account(self, account: str, token: SecretStr, at: datetime) -> list[Fact]:
        """How Meta's review of the account stands."""
        told = await self._graph.read(account, token, fields="id,account_review_status")
        review = text_in(told, "account_review_status")
        return [Fact(Subject.ACCOUNT, (account,), "review", review, at)] if review else []

    async def _all(self, path: str, token: SecretStr, fields: str) -> AsyncIterator[dict[str, Any]]:
        """Every element of an edge, page by page."""
        query: dict[str, str | int] = {"fields": fields, "limit": PAGE}
        for _ in range(MOST_PAGES):
            page = await self._graph.read(path, token, **query)
            for element in objects_in(page, "data"):
                yield element
            paging = object_in(page, "paging")
            after = text_in(object_in(paging, "cursors"), "after")
            if after is None or text_in(paging, "next") is None:
                return
            query["after"] = after


def _template(account: str, told: dict[str, Any], at: datetime) -> list[Fact]:
    name, language, status = text_in(told, "name"), text_in(told, "language"), text_in(told, "status")
    if name is None or language is None or status is None:
        return []
    reason = text_in(told, "rejected_reason")
    known = {
        "category": text_in(told, "category"),
        "quality": text_in(object_in(told, "quality_score"), "score"),
        "components": list_in(told, "components") or None,
    }
    key, more = (account, name, language), {"reason": None if reason == "NONE" else reason}
    facts = [Fact(Subject.TEMPLATE, key, "status", template_status(status), at, more)]
    return facts + [Fact(Subject.TEMPLATE, key, aspect, value, at) for aspect, value in known.items() if value]


def _number(account: str, channel: str, told: dict[str, Any], at: datetime) -> list[Fact]:
    digits = "".join(filter(str.isdigit, text_in(told, "display_phone_number") or ""))
    known = {
        "channel": channel,
        "status": text_in(told, "status"),
        "quality": text_in(told, "quality_rating"),
        "messaging_limit": text_in(told, "whatsapp_business_manager_messaging_limit"),
        "throughput": text_in(object_in(told, "throughput"), "level"),
        "name_status": text_in(told, "name_status"),
    }
    return [Fact(Subject.CHANNEL, (account, digits), aspect, value, at) for aspect, value in known.items() if value]
