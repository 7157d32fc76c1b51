"""`remanso fleet destroy`: a dump that can be restored first, then what was made; what was found stays unless told."""

import asyncio
import os
import re
import stat
import subprocess
from pathlib import Path

import asyncpg
import pytest

from fleet.local.postgres import PostgresServer, find_binaries, wheel_binaries
from remanso.store import Store
from tests.support import infrastructure
from tests.support.scene import a_turn
from tests.support.school import config
from tests.support.shops import Shops

SHOP = "shop-1"
WORDS = ("fleet", "destroy", SHOP, "--json")


@pytest.fixture
async def tools(shops: Shops, postgres: PostgresServer) -> dict[str, str]:
    """A pg_dump that is not older than the server."""
    connection = await asyncpg.connect(postgres.url.replace("postgresql+asyncpg", "postgresql"))
    server = connection.get_server_version().major
    await connection.close()
    for folder in filter(None, (find_binaries(), wheel_binaries())):
        if await asyncio.to_thread(_major, folder / "pg_dump") >= server:
            return {"PATH": f"{folder}:{shops.desk.environment['PATH']}"}
    pytest.skip(f"there is no pg_dump for PostgreSQL {server}")


def _major(program: Path) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\d+", told)
    return int(found[0]) if found else 0


def test_its_database_is_dumped_first_and_can_be_restored(
    shops: Shops, tools: dict[str, str], postgres: PostgresServer, database_url: str
) -> None:
    asyncio.run(_somebody_writes(database_url))
    shops.app(SHOP).config["DATABASE_URL"] = database_url.replace("postgresql+asyncpg", "postgres")
    ended = shops.desk.run(*WORDS, "--confirm", SHOP, env=tools)
    assert ended.code == 0, ended.out + ended.err
    assert f"remanso-{SHOP}" not in shops.world.heroku.apps
    dump = Path(ended.data["backup"])
    assert stat.S_IMODE(dump.stat().st_mode) == 0o600
    assert "Heroku app" in ended.data["undone"]
    assert asyncio.run(_restored(postgres.url, dump, tools)) == 1
    assert shops.world.github.repositories[f"acme/{SHOP}"].body["archived"]


async def _somebody_writes(database_url: str) -> None:
    async with Store.connect(database_url) as store:
        await a_turn(store, business=config().model_copy(update={"name": SHOP}))


async def _restored(server: str, dump: Path, tools: dict[str, str]) -> int:
    """How many conversations of the client a new database has, filled from the dump."""
    async with infrastructure.database(server, "template0") as url:
        plain = url.replace("postgresql+asyncpg", "postgresql")
        await asyncio.to_thread(
            subprocess.run, ["pg_restore", "--no-owner", f"--dbname={plain}", str(dump)],
            env={**os.environ, **tools}, check=False,  # a newer one sets what an older server does not know
        )  # fmt: skip
        connection = await asyncpg.connect(plain)
        try:
            return int(await connection.fetchval("SELECT count(*) FROM conversations WHERE client = $1", SHOP))
        finally:
            await connection.close()


def test_without_a_dump_or_its_name_nothing_is_taken_down(shops: Shops, tools: dict[str, str]) -> None:
    refused = shops.desk.run(*WORDS, "--confirm", "shop-2", env=tools)
    assert (refused.code, "nothing was done" in refused.err) == (1, True)
    failed = shops.desk.run(*WORDS, "--confirm", SHOP, env=tools)
    assert (failed.code, "nothing was taken down" in failed.data["why"]) == (1, True)
    assert "password" not in failed.out
    missing = shops.desk.run(*WORDS, "--confirm", SHOP, env={"PATH": str(shops.desk.folder)})
    assert "postgresql-client" in missing.data["todo"]
    assert f"remanso-{SHOP}" in shops.world.heroku.apps
    assert shops.desk.run(*WORDS, "--confirm", SHOP, "--without-backup").code == 0
    assert f"remanso-{SHOP}" not in shops.world.heroku.apps


def test_what_was_found_goes_only_where_it_is_told(shops: Shops) -> None:
    """With the journal lost, this tool knows of nothing that it made."""
    (shops.desk.folder / ".remanso" / "fleet" / f"{SHOP}.json").unlink()
    kept = shops.desk.run(*WORDS, "--confirm", SHOP, "--without-backup")
    assert (kept.code, kept.data["undone"]) == (0, [])
    assert f"remanso-{SHOP}" in shops.world.heroku.apps
    gone = shops.desk.run(*WORDS, "--confirm", SHOP, "--without-backup", "--found-too")
    assert "Heroku app" in gone.data["undone"]
    assert f"remanso-{SHOP}" not in shops.world.heroku.apps
