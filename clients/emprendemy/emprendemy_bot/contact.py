"""Writing down what people tell about themselves, the moment they tell it."""

import re
from typing import Any

from emprendemy_bot.problems import problem
from remanso.plugin import ToolContext, tool

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@tool(effect="write", idempotent=True)
async def save_contact(
    ctx: ToolContext,
    name: str | None = None,
    email: str | None = None,
    location: str | None = None,
    interest: str | None = None,
) -> dict[str, Any]:
    """Guarda lo que la persona dijo de sí misma, apenas lo dice y aunque sea una sola cosa. Nunca supongas un dato.

    Args:
        name: su nombre, como lo escribió; null si no lo dijo.
        email: su correo; null si no lo dijo.
        location: la ciudad, provincia o país donde vive; null si no lo dijo.
        interest: qué curso o tema le interesa, o para qué, en una frase; null si no lo dijo.
    """
    told = {"name": _said(name), "email": _said(email), "city": _said(location), "interest": _said(interest)}
    fitting = {key: value for key, value in told.items() if value and (key != "email" or _EMAIL.fullmatch(value))}
    if fitting:
        await ctx.save_contact(**fitting)
    if told["email"] and "email" not in fitting:
        return problem("bad_email", "Eso no es un correo: pedile que lo revise. Lo demás se guardó.")
    return {"ok": True, "saved": sorted(fitting)}


def _said(value: str | None) -> str | None:
    return value.strip() or None if value else None
