"""Schemathesis reads the API's own description and asks it whatever comes to mind, over a real socket, on real rows."""

import asyncio
import sys
from pathlib import Path

from remanso.runtime.http import serving
from remanso.store import Store
from services.console.app import create_app
from services.console.console import Console
from tests.support.api import a_key
from tests.support.console import SCHOOL, Belongings, a_user, belongings

SECONDS = 30
SETTINGS = """
seed = 20261128

[parameters]
{parameters}

# What an item must be is said by the client's own collection, which no description of ours knows: 422 tells what it is.
[[operations]]
include-operation-id = ["catalogue_add", "catalogue_change"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "403", "404", "409", "422"]

# Whether WhatsApp takes a file is said by its bytes.
[[operations]]
include-operation-id = "messages_attach"
checks.positive_data_acceptance.expected-statuses = ["2xx", "403", "404", "409", "413", "422"]
"""


def settings(rows: Belongings) -> str:
    """Rows that are there: without them most requests would end with 404."""
    ids = ("conversation_id", "contact_id", "message_id", "item_id", "endpoint_id")
    known = {each: rows.of(each) for each in ids} | {"collection": rows.collection_id}
    return SETTINGS.format(parameters="\n".join(f'"path.{name}" = "{value}"' for name, value in known.items()))


async def test_nothing_that_schemathesis_asks_is_answered_otherwise_than_described(
    console: Console, store: Store, tmp_path: Path
) -> None:
    token, _ = await a_key(store)
    rows = await belongings(store, SCHOOL, await a_user(store, school="admin"))
    (tmp_path / "schemathesis.toml").write_text(settings(rows), "utf-8")
    async with serving(create_app(console), "127.0.0.1", 0) as port:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{port}/api/v1/openapi.json"),
            *("--header", f"Authorization: Bearer {token}", "--max-time", str(SECONDS), "--checks", "all"),
            *(
                "--no-color",
                "--seed",
                "7",
                "--workers",
                "1",
            ),  # CPython 3.11 cannot parse Python in several threads (SystemError)
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()
