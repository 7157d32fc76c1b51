"""What the places' published schemas say of requests and answers; `schemas/` holds the part that the fleet uses.

The stand-ins refuse a request that its schema refuses, and write down where their own answers differ from theirs.
"""

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

SCHEMAS = Path(__file__).with_name("schemas")


class Published:
    """`place` is the name of a file in `schemas/`."""

    def __init__(self, place: str) -> None:
        known: dict[str, Any] = json.loads((SCHEMAS / f"{place}.json").read_text())
        known.pop("origin")
        self._validators = {
            (operation, part): Draft202012Validator(schema, format_checker=FormatChecker())
            for operation, parts in known.items()
            for part, schema in parts.items()
        }
        self.differences: list[str] = []
        """Where an answer was not what the schema says."""

    def refuses(self, method: str, path: str, body: bytes) -> list[str]:
        """Why a request is refused, by the field; `path` may have its parameters' names in it."""
        return self._wrong(_operation(method, path), "request", json.loads(body)) if body else []

    def look_at(self, method: str, path: str, body: bytes) -> None:
        """An answer that went out."""
        operation = _operation(method, path)
        if body:
            wrong = self._wrong(operation, "answer", json.loads(body))
            self.differences += [f"{operation}: {each}" for each in wrong]

    def _wrong(self, operation: str, part: str, body: Any) -> list[str]:
        validator = self._validators.get((operation, part))
        if validator is None:
            return [f"no {part} is published"]
        return [f"{'.'.join(map(str, each.path)) or 'body'}: {each.message}" for each in validator.iter_errors(body)]


def _operation(method: str, path: str) -> str:
    return f"{method} {re.sub(r'{[^}]*}', '{}', path)}"
