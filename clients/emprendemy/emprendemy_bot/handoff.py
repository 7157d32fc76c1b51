"""When the bot gives the conversation to a person of the school."""

from typing import Any, Literal

from remanso.plugin import ToolContext, tool

Reason = Literal[
    "pide una persona",
    "reclamo",
    "devolución",
    "factura",
    "problema con un pago",
    "ya estudia acá",
    "compra para una empresa",
    "otro",
]
"""In Spanish: the team reads it in front of the summary."""


@tool(effect="write", idempotent=True)
async def ask_for_person(ctx: ToolContext, reason: Reason, summary: str) -> dict[str, Any]:
    """Pasa la conversación a una persona del equipo. Después de tu respuesta, vos no escribís más.

    Args:
        reason: el motivo; «otro» para lo que no podés resolver y no está en la lista.
        summary: qué necesita y qué ya se habló, en una o dos frases, para quien siga.
    """
    await ctx.handoff(f"{reason}: {summary.strip()}")
    return {
        "ok": True,
        "note": "Avisado. Decile que una persona del equipo le va a escribir por acá; no prometas cuándo.",
    }
