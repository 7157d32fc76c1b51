"""What a model reads as the result of a call: JSON, bounded, and honest about what went wrong."""

import json
from collections.abc import Mapping
from typing import Any

LONGEST = 6_000
"""Bytes of one result, as UTF-8."""


def failure(code: str, message: str, *, retryable: bool = False) -> str:
    """A result that tells why there is none."""
    return _dump({"ok": False, "error": {"code": code, "message": message, "retryable": retryable}})


def may_retry(result: str) -> bool:
    """Whether this result invited the model to ask the same again."""
    return _error(result).get("retryable") is True


def code_of(result: str) -> str | None:
    """The code under which this result tells a failure; None for any other result."""
    code = _error(result).get("code")
    return code if isinstance(code, str) else None


def repeated(result: str) -> str:
    """The result of an earlier call with the same arguments, marked so."""
    return bounded(_dump({"note": "same call as before in this turn: not run again", "result": _decoded(result)}))


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot keep: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "").encode("utf-8", "ignore").decode()


def bounded(content: str) -> str:
    """The content, storable, cut to `LONGEST` with a note on what is missing."""
    whole = storable(content).encode()
    if len(whole) <= LONGEST:
        return whole.decode()
    room = LONGEST
    while len(cut := _beginning(whole, room)) > LONGEST:
        room //= 2  # what has to be escaped in JSON grows
    return cut.decode()


def _beginning(content: bytes, room: int) -> bytes:
    shown = content[:room].decode("utf-8", "ignore")
    note = f"the result was too long: the first {room} of {len(content)} bytes; ask more narrowly"
    return _dump({"ok": True, "cut": True, "note": note, "beginning": shown}).encode()


def _error(result: str) -> Mapping[str, Any]:
    told = _decoded(result)
    error = told.get("error") if isinstance(told, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def _decoded(result: str) -> Any:
    try:
        return json.loads(result)
    except ValueError:
        return result


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
