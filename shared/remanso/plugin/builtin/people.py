"""Writing down what a person tells about themselves, and calling a colleague."""

import re
from typing import Any

from remanso.errors import BadInput
from remanso.plugin.builtin.words import Words
from remanso.plugin.context import ToolContext
from remanso.plugin.tools import Tool, tool

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def save_contact(words: Words) -> Tool:
    @tool(effect="write", idempotent=True, docstring=words.save_contact)
    async def save_contact(
        ctx: ToolContext,
        name: str | None = None,
        email: str | None = None,
        city: str | None = None,
        interest: str | None = None,
        note: str | None = None,
    ) -> dict[str, Any]:
        given = {"name": name, "email": email, "city": city, "interest": interest, "note": note}
        known = {key: value.strip() for key, value in given.items() if value and value.strip()}
        if "email" in known and not _EMAIL.fullmatch(known["email"]):
            raise BadInput(words.no_email)
        saved = sorted(known)
        await ctx.save_contact(known.pop("name", None), known.pop("email", None), **known)
        return {"ok": True, "saved": saved}

    return save_contact


def handoff(words: Words) -> Tool:
    @tool(effect="write", idempotent=True, docstring=words.handoff)
    async def handoff(ctx: ToolContext, reason: str) -> dict[str, Any]:
        await ctx.handoff(reason)
        return {"ok": True, "note": words.handed_off}

    return handoff
