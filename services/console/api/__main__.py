"""`python -m services.console.api` writes the API's description to docs/openapi.json."""

import json
from pathlib import Path

from services.console.api.app import create_api

DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi.json"


def text() -> str:
    return json.dumps(create_api().openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(text(), "utf-8")
