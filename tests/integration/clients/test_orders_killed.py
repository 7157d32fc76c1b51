"""Orders to clients that run are killed around their calls to the outside, and given again.

After a kill `fleet status` says what did not end; after the second time all is as if it had been the first.
"""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from fleet.backup.manifest import read_manifest
from fleet.clients.template import packaged, published
from remanso.store.migrate import newest
from tests.support.kills import Killed
from tests.support.shops import NAMES, Shops
from tests.support.standins.heroku.bot import SICK

pytestmark = pytest.mark.timeout(1800)
SHOP = "shop-1"


def unlike(**pairs: tuple[object, object]) -> Sequence[str]:
    return [f"{what} is {is_}, not {should}" for what, (is_, should) in pairs.items() if is_ != should]


def test_a_deploy(shops: Shops) -> None:
    def prepare() -> None:
        shops.bring_back()
        shops.change([SHOP], "new.txt")

    def wrong() -> Sequence[str]:
        built = [build["source_blob"]["version"] for build in shops.app(SHOP).builds]
        head = shops.head(SHOP)
        return unlike(running=(shops.running(SHOP), head), builds=(built.count(head), 1), left=left(shops))

    Killed(shops.desk, ("fleet", "deploy", SHOP, "--json"), prepare, wrong).sweep()


def test_a_deploy_that_goes_back(shops: Shops) -> None:
    """Config vars that were changed since the release before stay as they are, wherever it is killed."""

    def prepare() -> None:
        shops.bring_back()
        shops.app(SHOP).config["REMANSO_FLAG"] = "of today"
        shops.change([SHOP], SICK)

    def wrong() -> Sequence[str]:
        flag = shops.app(SHOP).config.get("REMANSO_FLAG")
        before = shops.repository(SHOP).git("rev-parse", "HEAD~1")
        return unlike(running=(shops.running(SHOP), before), flag=(flag, "of today"), left=left(shops))

    Killed(shops.desk, ("fleet", "deploy", SHOP, "--json"), prepare, wrong, code=1).sweep()


def test_a_rollback_goes_back_once(shops: Shops) -> None:
    shops.change([SHOP], "second.txt")
    assert shops.desk.run("fleet", "deploy", SHOP).code == 0
    second = shops.head(SHOP)
    shops.change([SHOP], "third.txt")
    assert shops.desk.run("fleet", "deploy", SHOP).code == 0
    with shops.world.remembered(shops.desk.folder) as bring_back:
        wrong = lambda: unlike(running=(shops.running(SHOP), second), left=left(shops))  # noqa: E731
        Killed(shops.desk, ("fleet", "rollback", SHOP, "--json"), bring_back, wrong).sweep()


def test_config_vars(shops: Shops) -> None:
    words = ("fleet", "config", "set", "REMANSO_AGENT_SLOTS=4", "REMANSO_LOG_LEVEL=", "-c", "shop-1", "-c", "shop-2")

    def wrong() -> Sequence[str]:
        config = [shops.app(name).config for name in NAMES[:2]]
        slots = [each.get("REMANSO_AGENT_SLOTS") for each in config]
        levels = [each.get("REMANSO_LOG_LEVEL") for each in config]
        return unlike(slots=(slots, ["4", "4"]), levels=(levels, [None, None]), left=left(shops))

    Killed(shops.desk, words, shops.bring_back, wrong).sweep()


def test_new_secrets(shops: Shops) -> None:
    new = {"SHOP_1_ACCESS_TOKEN": "EAAnew-token-0003", "REMANSO_READ_TOKEN": "ghp_new-read-token-0003"}

    def wrong() -> Sequence[str]:
        token = shops.app(SHOP).config.get("SHOP_1_ACCESS_TOKEN")
        sealed = shops.world.github.repositories[f"acme/{SHOP}"].secrets
        return unlike(
            token=(token, new["SHOP_1_ACCESS_TOKEN"]),
            sealed=(sealed, {"REMANSO_READ_TOKEN": new["REMANSO_READ_TOKEN"]}),
            left=left(shops),
        )

    Killed(shops.desk, ("fleet", "rotate", SHOP, "--json"), shops.bring_back, wrong, environment=new).sweep()


def test_a_pull_request(shops: Shops, tmp_path: Path) -> None:
    template = shutil.copytree(packaged(), tmp_path / "template")
    procfile = template / "project" / "Procfile"
    procfile.write_text(re.sub(r"^(web: .*)$", r"\1 --new", procfile.read_text(), flags=re.MULTILINE))

    def prepare() -> None:
        shops.bring_back()
        published(template, shops.desk.folder / "data" / "remanso" / "template")

    def wrong() -> Sequence[str]:
        repo = shops.world.github.repositories[f"acme/{SHOP}"]
        titles = [pull["title"] for pull in repo.pulls if pull["state"] == "open"]
        branch = shops.on_github(SHOP).git("log", "--format=%s", "main..remanso/template").splitlines()
        main = shops.on_github(SHOP).git("rev-parse", "main")
        return unlike(
            titles=(titles, ["Plantilla 1.1.0"]),
            branch=(branch, ["Template 1.1.0"]),
            main=(main, shops.head(SHOP)),
            left=left(shops),
        )

    Killed(shops.desk, ("fleet", "update-template", SHOP, "--push", "--json"), prepare, wrong).sweep()


def test_a_client_that_is_destroyed(shops: Shops, database_url: str) -> None:
    """A dump that was made before the database went is not asked for a second time."""

    def prepare() -> None:
        shops.bring_back()
        shops.app(SHOP).config["DATABASE_URL"] = database_url

    def wrong() -> Sequence[str]:
        repo = shops.world.github.repositories[f"acme/{SHOP}"]
        dumps = list((shops.desk.folder / ".remanso/fleet/backups").glob("*"))
        return unlike(
            apps=(sorted(shops.world.heroku.apps), [f"remanso-{name}" for name in NAMES[1:]]),
            archived=(repo.body["archived"], True),
            secrets=(repo.secrets, {}),
            dumped=({read_manifest(dump).schema_revision for dump in dumps}, {newest()}),
            left=left(shops),
        )

    words = ("fleet", "destroy", SHOP, "--confirm", SHOP, "--json")
    Killed(shops.desk, words, prepare, wrong).sweep()


def test_what_did_not_end_is_told(shops: Shops) -> None:
    shops.change([SHOP], "new.txt")
    assert shops.desk.run("fleet", "deploy", SHOP, kill=(12, "before")).code is None
    told = shops.desk.run("fleet", "status", SHOP)
    assert re.search(rf"{SHOP}: deploy, begun 20\S+, did not end: run it again", " ".join(told.out.split()))


def left(shops: Shops) -> tuple[dict[str, str], dict[str, str]]:
    """What the journal says is under way: nothing."""
    return shops.begun(SHOP), {}
