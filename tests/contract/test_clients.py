"""Every client in this repository keeps the plug-in contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from remanso.testing import check_client
from tests.support.imports import passing_imports

CLIENTS = sorted(path.parent for path in Path(__file__).parents[2].glob("clients/*/client.toml"))


@pytest.fixture(autouse=True)
def imports() -> Iterator[None]:
    with passing_imports():
        yield


@pytest.mark.parametrize("folder", CLIENTS, ids=lambda folder: folder.name)
def test_a_client_keeps_the_contract(folder: Path) -> None:
    assert check_client(folder) == []


def test_a_broken_client_is_told_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "client.toml").write_text('name = "Not Good"')
    (finding,) = check_client(tmp_path)
    assert "client.toml" in finding
    assert "name: " in finding


def test_a_client_that_bends_the_contract_is_told_where(tmp_path: Path) -> None:
    valid = next(folder for folder in CLIENTS if folder.name == "emprendemy") / "client.toml"
    spanish, _, _ = valid.read_text("utf-8").partition("[texts.en]")
    (tmp_path / "client.toml").write_text(spanish.replace("emprendemy_bot", "bending_bot"), "utf-8")
    (tmp_path / "prompts").mkdir()
    (tmp_path / "prompts" / "system.md").write_text("")
    (tmp_path / "bending_bot.py").write_text(
        "from remanso.plugin import ToolContext, tool\n"
        "@tool(effect='read', timeout=600)\n"
        "async def look(ctx: ToolContext, thing: str) -> str:\n"
        "    '''Looks.'''\n"
        "    return thing\n"
        "tools = (look,)\n"
    )
    findings = check_client(tmp_path)
    assert [finding.partition(": ")[0] for finding in findings] == [
        "client.toml",
        "prompts/system.md is empty",
        "tool look",
        "tool look",
    ]
