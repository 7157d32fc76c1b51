"""From the bytes of a webhook to JSON that everything behind it can hold.

PostgreSQL stores neither NUL nor half a surrogate pair, JSON has no infinite numbers, and serialisers give up on very
deep nesting: one such value would come back as a failure at every later step. It is replaced here, alone, at the door.
"""

import json
import math
import re
from typing import Any

from remanso.errors import BadInput

DEEPEST = 64
"""Levels of nesting that are kept; real payloads have about ten."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def read_body(body: bytes) -> Any:
    """The JSON value in `body`, every part of it storable.

    Raises:
        BadInput: these bytes are not JSON.
    """
    try:
        return _storable(json.loads(body, parse_float=_finite, parse_constant=_not_json), DEEPEST)
    except (ValueError, RecursionError):
        raise BadInput("the body is not JSON") from None


def _finite(literal: str) -> float | None:
    number = float(literal)
    return number if math.isfinite(number) else None


def _not_json(literal: str) -> None:
    raise ValueError(f"{literal} is no JSON")


def _storable(value: Any, levels: int) -> Any:
    if isinstance(value, str):
        return value if value.isascii() and "\x00" not in value else _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", value)
    if isinstance(value, (dict, list)) and levels == 0:
        return None
    if isinstance(value, dict):
        return {_storable(key, 1): _storable(part, levels - 1) for key, part in value.items()}
    if isinstance(value, list):
        return [_storable(part, levels - 1) for part in value]
    return value
