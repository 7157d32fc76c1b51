"""`remanso templates` against a real PostgreSQL and the simulator's Graph."""

import asyncio
from pathlib import Path

from typer.testing import CliRunner, Result

from fleet.cli import app
from tests.unit.simulator.graph_server import TOKEN, running_stage

CLIENTS = Path(__file__).parents[3] / "clients"


async def test_read_from_meta_and_shown(database_url: str) -> None:
    async with running_stage() as stage:
        environment = {
            "REMANSO_DATABASE_URL": database_url,
            "REMANSO_CLIENTS_DIR": str(CLIENTS),
            "REMANSO_GRAPH_BASE_URL": f"{stage.origin}/graph",
            "EMPRENDEMY_ACCESS_TOKEN": TOKEN,
        }

        def run(*words: str) -> Result:
            return CliRunner().invoke(app, ["templates", *words], env=environment)

        assert "Nothing is known yet" in (await asyncio.to_thread(run, "list", "emprendemy")).output
        shown = await asyncio.to_thread(run, "sync", "emprendemy")
        assert shown.exit_code == 0, shown.output
        assert "number    800000000000001  CONNECTED  GREEN  TIER_2K" in shown.output
        assert "template  hello_world en_US  APPROVED  UTILITY" in shown.output
        assert (await asyncio.to_thread(run, "sync", "nobody")).exit_code == 1
