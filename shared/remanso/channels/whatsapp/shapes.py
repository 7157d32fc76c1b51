"""Reading values out of JSON that somebody else made: the few shapes the payloads are built of.

What must be there and is not raises `Malformed`, which ends the reading of one item and no more. What may be missing
comes back as None, also when it has a shape nobody expected.
"""

import re
from datetime import UTC, datetime
from typing import Any

from remanso.errors import BadInput

LONGEST_ID = 256
"""Ids are opaque and of varying length (Meta docs); longer ones would not fit an index."""

_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")
_PHONE_DIGITS = re.compile(r"[0-9]{5,20}")


class Malformed(BadInput):
    """One item of a webhook is not what its name promises; the text says where, never what stood there."""


def needed_object(holder: dict[str, Any], key: str) -> dict[str, Any]:
    value = holder.get(key)
    if not isinstance(value, dict):
        raise Malformed(f"{key} is not an object")
    return value


def needed_id(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= LONGEST_ID:
        raise Malformed(f"{key} is not an id")
    return value


def needed_text(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    if not isinstance(value, str) or not value:
        raise Malformed(f"{key} is not a text")
    return value


def needed_moment(holder: dict[str, Any], key: str) -> datetime:
    """Whole Unix seconds, which come as string or as integer."""
    value = holder.get(key)
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Malformed(f"{key} is not a time")
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError):
        raise Malformed(f"{key} is not a time") from None


def needed_number(holder: dict[str, Any], key: str) -> float:
    number = number_in(holder, key)
    if number is None:
        raise Malformed(f"{key} is not a number")
    return number


def number_in(holder: dict[str, Any], key: str) -> float | None:
    """A finite number, which may come as a string."""
    value = holder.get(key)
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < float("inf") else None


def text_in(holder: dict[str, Any], key: str) -> str | None:
    value = holder.get(key)
    return value if isinstance(value, str) and value else None


def object_in(holder: dict[str, Any], key: str) -> dict[str, Any]:
    value = holder.get(key)
    return value if isinstance(value, dict) else {}


def list_in(holder: dict[str, Any], key: str) -> list[Any]:
    value = holder.get(key)
    return value if isinstance(value, list) else []


def objects_in(holder: dict[str, Any], key: str) -> list[dict[str, Any]]:
    return [value for value in list_in(holder, key) if isinstance(value, dict)]


def first_code(holder: dict[str, Any]) -> int | None:
    """The code of the first of `errors`, where there is one."""
    number = next((number_in(error, "code") for error in objects_in(holder, "errors")), None)
    return int(number) if number is not None and abs(number) < 2**31 else None


def as_user_id(value: object) -> str | None:
    """`value` where it has the shape of a business-scoped user id (`US.1…`, a parent's `US.ENT.1…`)."""
    return value if isinstance(value, str) and _USER_ID.fullmatch(value) else None


def as_wa_id(value: object) -> str | None:
    """`value` where it has the shape of a phone number's digits."""
    return value if isinstance(value, str) and _PHONE_DIGITS.fullmatch(value) else None
