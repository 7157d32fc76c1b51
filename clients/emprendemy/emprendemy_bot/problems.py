"""How a tool tells the model that something cannot be done, and what to do instead."""

from typing import Any


def problem(code: str, message: str) -> dict[str, Any]:
    """Asking the same again would bring the same: none of these is worth a second try."""
    return {"ok": False, "error": {"code": code, "message": message, "retryable": False}}
