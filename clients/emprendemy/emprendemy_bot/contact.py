"""Writing down what people tell about themselves."""

import re
from typing import Any

from remanso.plugin import ToolContext, tool

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@tool(effect="write", idempotent=True)
async def save_contact(
    ctx: ToolContext, name: str | None = None, email: str | None = None, note: str | None = None
) -> dict[str, Any]:
    """Guarda lo que la persona dijo de sí misma. Solo lo que dijo: nunca supongas un dato.

    Args:
        name: su nombre, como lo escribió; null si no lo dijo.
        email: su correo; null si no lo dijo.
        note: qué le interesa o qué necesita, en una frase; null si no hay nada que anotar.
    """
    if email is not None and not _EMAIL.fullmatch(email.strip()):
        problem = {"code": "bad_email", "message": "Eso no es un correo: pedile que lo revise.", "retryable": False}
        return {"ok": False, "error": problem}
    given = {"name": name, "email": email, "note": note}
    known = {key: value.strip() for key, value in given.items() if value and value.strip()}
    await ctx.save_contact(known.get("name"), known.get("email"), **{k: v for k, v in known.items() if k == "note"})
    return {"ok": True, "saved": sorted(known)}
