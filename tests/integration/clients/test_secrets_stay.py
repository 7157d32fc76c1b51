"""Every order is given, well and badly, and no secret is left: not in outputs, command lines, journals, or history."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tests.support.provisioning import OPERATORS_SECRETS
from tests.support.shops import Shops
from tests.support.standins.snare import snare

pytestmark = pytest.mark.timeout(600)  # whoever is first waits until the shops are there

ALONE = "-c", "shop-1"
ORDERS = (
    ("fleet", "status", "--drift"),
    ("fleet", "status", "--json"),
    ("fleet", "deploy", "shop-1"),
    ("fleet", "config", "set", "REMANSO_AGENT_SLOTS=4", *ALONE),
    ("fleet", "scale", "nothing=2", *ALONE),
    ("fleet", "restart", "shop-1"),
    ("fleet", "logs", "shop-1"),
    ("fleet", "cost"),
    ("fleet", "update-template", "shop-1", "--push"),
    ("fleet", "rotate", "shop-1"),
    ("fleet", "rollback", "shop-1"),
    ("clients", "provision", "shop-2", "--yes"),
    ("clients", "provision", "shop-2", "--dry-run", "--json"),
    ("clients", "provision", "shop-2", "--undo", "--yes"),
    ("fleet", "destroy", "shop-1", "--confirm", "shop-1"),
    ("fleet", "destroy", "shop-1", "--confirm", "shop-1", "--without-backup", "--found-too"),
)
WRONG = {
    "GITHUB_TOKEN": "ghp_wrong-token-0002",
    "HEROKU_API_KEY": "HRKU-wrong-key-0002",
    "SHOP_3_VERIFY_TOKEN": "0002-v",
}


def test_no_secret_is_left_by_any_order(shops: Shops, tmp_path: Path, database_url: str) -> None:
    desk, world = shops.desk, shops.world
    shops.change(["shop-1", "shop-2"], "new.txt")
    shops.app("shop-1").config["DATABASE_URL"] = database_url
    world.heroku.logs["remanso-shop-1"] = [f"2026-11-25T12:00:00Z app[web.1]: {world.heroku.token} was logged"]
    programs = snare(tmp_path / "snare", "git")
    around = programs.environment(desk.environment)
    before = len(desk.runs)
    with command_lines() as seen:
        for words in ORDERS:
            desk.run(*words, env=around)
        for words in (("fleet", "status", "shop-3"), ("fleet", "rotate", "shop-3"), ("fleet", "deploy", "shop-3")):
            desk.run(*words, env={**around, **WRONG})
    written = {
        "outputs": "".join(run.out + run.err for run in desk.runs[before:]),
        "command lines": "\n".join([*seen, *programs.calls]),
        **{str(file): file.read_bytes().decode("latin-1") for file in desk.folder.rglob("*") if file.is_file()},
        **{
            str(clone): _history(clone) for clone in [*desk.folder.glob("shop-*"), *world.github.folder.glob("*/*.git")]
        },
    }
    assert any("push" in call for call in programs.calls)
    assert "•••• was logged" in written["outputs"]
    secrets = {world.github.token, world.heroku.token, urlsplit(database_url).password or "", *WRONG.values()}
    secrets |= set(OPERATORS_SECRETS.values()) | {
        v for n in range(1, 5) for v in world.client_secrets(f"shop-{n}").values()
    }
    secrets |= {world.environment()["REMANSO_OPENAI_API_KEY"]}
    assert [(where, secret) for where, text in written.items() for secret in secrets if secret in text] == []


def _history(clone: Path) -> str:
    shown = subprocess.run(["git", "-C", clone, "log", "--all", "-p"], capture_output=True, text=True, check=True)
    return shown.stdout


@contextmanager
def command_lines() -> Iterator[set[str]]:
    """Those of all processes of the machine, as /proc shows them to anybody, while the block runs."""
    seen, over = set[str](), threading.Event()

    def look() -> None:
        while not over.wait(0.01):
            seen.update(" ".join(each.info["cmdline"] or []) for each in psutil.process_iter(["cmdline"]))

    watching = threading.Thread(target=look)
    watching.start()
    try:
        yield seen
    finally:
        over.set()
        watching.join()
