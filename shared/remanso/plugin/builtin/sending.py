"""Buttons, lists and the request for a location.

They are read tools: what they send is queued with their result, so running one again after a crash does no harm.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict

from remanso.model.outgoing import Row
from remanso.model.outgoing_base import limits_told
from remanso.plugin.builtin.words import Words
from remanso.plugin.context import ToolContext
from remanso.plugin.tools import Tool, tool


class OfferedRow(BaseModel):
    model_config = ConfigDict(extra="forbid")

    title: str
    description: str | None


def send_buttons(words: Words) -> Tool:
    @tool(effect="read", docstring=words.send_buttons)
    async def send_buttons(ctx: ToolContext, text: str, buttons: list[str]) -> dict[str, Any]:
        await ctx.send_buttons(text, buttons)
        return {"ok": True, "note": words.sent}

    return send_buttons


def send_list(words: Words) -> Tool:
    @tool(effect="read", docstring=words.send_list)
    async def send_list(ctx: ToolContext, text: str, label: str, rows: list[OfferedRow]) -> dict[str, Any]:
        with limits_told():
            offered = [Row(id=row.title, title=row.title, description=row.description or None) for row in rows]
        await ctx.send_list(text, label, offered)
        return {"ok": True, "note": words.sent}

    return send_list


def request_location(words: Words) -> Tool:
    @tool(effect="read", docstring=words.request_location)
    async def request_location(ctx: ToolContext, text: str) -> dict[str, Any]:
        await ctx.request_location(text)
        return {"ok": True, "note": words.sent}

    return request_location
