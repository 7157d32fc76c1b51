"""Schemathesis reads the API's own description and asks it whatever comes to mind, over a real socket, on real rows."""

import asyncio
import sys
from pathlib import Path

from remanso.runtime.http import serving
from remanso.store import Store
from services.console.app import create_app
from services.console.console import Console
from tests.support.api import a_key
from tests.support.console import SCHOOL, a_user, belongings
from tests.support.scene import a_turn

SETTINGS = Path(__file__).parents[2] / "support" / "schemathesis.toml"
SECONDS = 30


async def test_nothing_that_schemathesis_asks_is_answered_otherwise_than_described(
    console: Console, store: Store, tmp_path: Path
) -> None:
    token, _ = await a_key(store)
    await belongings(store, SCHOOL, await a_user(store, school="admin"))
    await a_turn(store, "hola")
    async with serving(create_app(console), "127.0.0.1", 0) as port:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(SETTINGS), "run"),
            *(f"http://127.0.0.1:{port}/api/v1/openapi.json", "--header", f"Authorization: Bearer {token}"),
            *("--max-time", str(SECONDS), "--checks", "all", "--no-color"),
            cwd=tmp_path,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        told, _ = await process.communicate()
    assert process.returncode == 0, told.decode()
