"""Documents point at what is there: links, files named in the text, the rooms of the services."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "clients").glob("*/README.md")])
TOPS = ("services/", "shared/", "fleet/", "clients/", "deploy/", "docs/")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_files_are_there(document: Path) -> None:
    text = document.read_text("utf-8")
    links = {target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", text)}
    relative = {target for target in links if target and "://" not in target}
    assert {target for target in relative if not (document.parent / target).exists()} == set()
    named = {name for name in re.findall(r"`([\w./-]+)`", text) if name.startswith(TOPS)}
    assert {name for name in named if not (ROOT / name).exists()} == set()


def test_headings_that_links_name_are_there() -> None:
    for document in DOCUMENTS:
        for target, heading in re.findall(r"\]\(([^)\s#]*)#([^)\s]+)\)", document.read_text("utf-8")):
            if "://" not in target:
                text = ((document.parent / target) if target else document).read_text("utf-8")
                headings = {line.lstrip("# ").lower().replace(" ", "-") for line in re.findall(r"^#+ .*", text, re.M)}
                assert heading in headings, f"{document.name}: {target}#{heading}"


@pytest.mark.parametrize("service", ["agent", "debouncer", "sender"])
def test_the_architecture_knows_every_room(service: str) -> None:
    told = set(re.findall(r"\w+", (ROOT / "docs" / "architecture.md").read_text("utf-8")))
    rooms = {path.stem for path in (ROOT / "services" / service).glob("*.py")}
    assert rooms - told - {"__init__", "__main__", "settings"} == set()
