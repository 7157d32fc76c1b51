"""client.toml as a JSON Schema, for editors that help while it is written: `python -m fleet.client_schema`.

`docs/client.schema.json` is this document; a test keeps the two equal. An editor that knows TOML finds it by a first
line `#:schema …/client.schema.json`.
"""

import json
import sys
from pathlib import Path
from typing import Any

from remanso.plugin.config import ClientConfig

DOCUMENT = Path(__file__).parents[1] / "docs" / "client.schema.json"


def document() -> dict[str, Any]:
    """The whole schema."""
    schema = ClientConfig.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "client.toml of Remanso"}


def text() -> str:
    """The document as it stands in the file."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.name} written\n")
