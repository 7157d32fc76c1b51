"""`remanso fleet update-template`: into clients' folders, and to GitHub as pull requests or straight to main."""

import re
import shutil
from pathlib import Path

import pytest

from fleet.clients.template import packaged, published
from tests.support.shops import Shops
from tests.support.standins.github import Repo

pytestmark = pytest.mark.timeout(600)  # whoever is first waits until the shops are there

PUSHED = ("fleet", "update-template", "shop-1", "shop-2", "--push", "--json")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """The template's files, to be changed."""
    return shutil.copytree(packaged(), tmp_path / "template")


def publish(shops: Shops, template: Path, version: str) -> None:
    """Another line at the head of the Procfile's web process, by which versions are told apart."""
    procfile = template / "project" / "Procfile"
    procfile.write_text(re.sub(r"web: (T=\d+ )?", f"web: T={version} ", procfile.read_text()))
    published(template, shops.desk.folder / "data" / "remanso" / "template")


def repo(shops: Shops, name: str) -> Repo:
    return shops.world.github.repositories[f"acme/{name}"]


def test_into_folders_and_where_two_changes_meet_nothing_is_changed(shops: Shops, template: Path) -> None:
    publish(shops, template, "2")
    shops.change(["shop-2"], "Procfile", "release: bin/start migrate\nweb: bin/start mine\nworker: bin/start sender\n")
    ours = shops.head("shop-2")
    ended = shops.desk.run("fleet", "update-template", "shop-1", "shop-2")
    assert ended.code == 1
    assert ended.out.splitlines()[0] == "shop-1: updated 1.0.0 → 1.1.0"
    assert ended.out.splitlines()[1].startswith("shop-2: conflict 1.0.0 → 1.1.0 Procfile: nothing was changed. Settle")
    assert "T=2" in (shops.desk.folder / "shop-1" / "Procfile").read_text()
    assert (shops.head("shop-2"), shops.repository("shop-2").is_clean()) == (ours, True)
    assert shops.desk.run("fleet", "update-template", "shop-1").out == "shop-1: current 1.1.0 → 1.1.0\n"


def test_as_pull_requests_that_are_updated_and_show_what_met(shops: Shops, template: Path) -> None:
    """A pull request never holds conflict markers: the client's lines stay, and the text shows the template's."""
    publish(shops, template, "2")
    shops.change(["shop-2"], "Procfile", "release: bin/start migrate\nweb: bin/start mine\nworker: bin/start sender\n")
    shops.on_github("shop-2").git("fetch", "--quiet", str(shops.desk.folder / "shop-2"), "main:main")
    ended = shops.desk.run(*PUSHED)
    assert (ended.code, [row["ok"] for row in ended.data]) == (1, [True, True])
    [first], [second] = repo(shops, "shop-1").pulls, repo(shops, "shop-2").pulls
    assert ended.data[0]["result"].endswith(f"pull request opened: {first['html_url']}")
    assert (first["title"], first["base"]["ref"]) == ("Plantilla 1.1.0", "main")
    assert second["title"] == "Plantilla 1.1.0, con partes para resolver a mano"
    assert "-web: bin/start mine\n" in second["body"]
    assert "+web: T=2 bin/start" in second["body"]
    proposed = shops.on_github("shop-2").git("show", "remanso/template:Procfile")
    assert "mine" in proposed
    assert "<<<<" not in proposed
    assert not shops.repository("shop-1").git("log", "--format=%s").startswith("Template")
    branch = shops.on_github("shop-1").git("rev-parse", "remanso/template")
    again = shops.desk.run(*PUSHED)
    assert [row["result"].partition("request ")[2].partition(":")[0] for row in again.data] == ["open already"] * 2
    assert shops.on_github("shop-1").git("rev-parse", "remanso/template") == branch
    publish(shops, template, "3")
    newer = shops.desk.run(*PUSHED)
    assert newer.data[0]["result"].endswith(f"pull request updated: {first['html_url']}")
    assert [pull["title"] for pull in repo(shops, "shop-1").pulls] == ["Plantilla 1.2.0"]


def test_a_branch_with_commits_of_others_is_left_alone(shops: Shops, template: Path) -> None:
    publish(shops, template, "2")
    bare = shops.on_github("shop-1")
    shops.change(["shop-1"], "mine.txt")
    bare.git("fetch", "--quiet", str(shops.desk.folder / "shop-1"), "main:remanso/template")
    theirs = bare.git("rev-parse", "remanso/template")
    refused = shops.desk.run("fleet", "update-template", "shop-1", "--push", "--json")
    assert (refused.code, refused.data[0]["todo"]) == (1, "merge or delete that branch first")
    assert bare.git("rev-parse", "remanso/template") == theirs
    assert repo(shops, "shop-1").pulls == []


def test_straight_to_main_goes_only_what_merges(shops: Shops, template: Path) -> None:
    publish(shops, template, "2")
    shops.change(["shop-2"], "Procfile", "release: bin/start migrate\nweb: bin/start mine\nworker: bin/start sender\n")
    shops.on_github("shop-2").git("fetch", "--quiet", str(shops.desk.folder / "shop-2"), "main:main")
    theirs = shops.on_github("shop-2").git("rev-parse", "main")
    ended = shops.desk.run("fleet", "update-template", "shop-1", "shop-2", "--direct")
    assert ended.code == 1
    assert "shop-1: updated 1.0.0 → 1.1.0: pushed to main" in ended.out
    assert "shop-2: conflict 1.0.0 → 1.1.0 Procfile: nothing was pushed" in ended.out
    assert "T=2" in shops.on_github("shop-1").git("show", "main:Procfile")
    assert shops.on_github("shop-2").git("rev-parse", "main") == theirs
    assert repo(shops, "shop-1").pulls == repo(shops, "shop-2").pulls == []
