"""Writes docs/contact-export.schema.json: what `contact.json` in an archive of `remanso privacy export` looks like."""

import json
from pathlib import Path

from remanso.store.exports import schema

DOCUMENT = Path(__file__).parents[1] / "docs" / "contact-export.schema.json"


def text() -> str:
    """The document as it stands in the file."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
