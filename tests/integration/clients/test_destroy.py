"""`remanso fleet destroy`: a backup of the database first, then what was made; what was found stays unless told."""

import asyncio
from pathlib import Path

import pytest

from fleet.backup.manifest import read_manifest
from remanso.store import Store
from remanso.store.migrate import newest
from tests.support.scene import a_turn
from tests.support.school import config
from tests.support.shops import Shops

pytestmark = pytest.mark.timeout(600)  # whoever is first waits until the shops are there

SHOP = "shop-1"
WORDS = ("fleet", "destroy", SHOP, "--json")


def test_what_a_destroyed_client_had_lies_in_a_backup(shops: Shops, database_url: str) -> None:
    asyncio.run(_somebody_writes(database_url))
    shops.app(SHOP).config["DATABASE_URL"] = database_url.replace("postgresql+asyncpg", "postgres")
    ended = shops.desk.run(*WORDS, "--confirm", SHOP)
    assert ended.code == 0, ended.out + ended.err
    assert f"remanso-{SHOP}" not in shops.world.heroku.apps
    assert "Heroku app" in ended.data["undone"]
    manifest = read_manifest(Path(ended.data["backup"]))
    assert (manifest.schema_revision, SHOP in manifest.clients) == (newest(), True)
    assert shops.world.github.repositories[f"acme/{SHOP}"].body["archived"]


async def _somebody_writes(database_url: str) -> None:
    async with Store.connect(database_url) as store:
        await a_turn(store, business=config().model_copy(update={"name": SHOP}))


def test_without_a_backup_or_its_name_nothing_is_taken_down(shops: Shops) -> None:
    refused = shops.desk.run(*WORDS, "--confirm", "shop-2")
    assert (refused.code, "nothing was done" in refused.err) == (1, True)
    failed = shops.desk.run(*WORDS, "--confirm", SHOP)
    assert (failed.code, "nothing was taken down" in failed.data["why"]) == (1, True)
    assert "password" not in failed.out
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
