"""What is true of every file we track, and of the documents that are generated."""

import json
import re
import subprocess
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import jsonschema
import pytest

from fleet import asyncapi, client_schema, export_schema, rights_page
from services.console.api import __main__ as openapi

ROOT = Path(__file__).parents[2]

# Put together from pieces, or this file would find itself.
REGISTRY_HOSTS = tuple(
    "".join(pieces)
    for pieces in (
        ("pypi", ".org"),
        ("files.python", "hosted.org"),
        ("registry.npm", "js.org"),
        ("deb.deb", "ian.org"),
        ("security.deb", "ian.org"),
        ("docker", ".io/"),
        ("ghc", "r.io"),
        ("qua", "y.io"),
    )
)
LOCKS_WITH_ADDRESSES = {"uv.lock", "pylock.toml", "poetry.lock"}


def tracked() -> list[Path]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True).stdout
    return [ROOT / name for name in listing.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize("host", REGISTRY_HOSTS)
def test_no_tracked_file_names_a_package_registry(host: str) -> None:
    """A clone builds behind any mirror: which registry is used is the machine's business."""
    guilty = [str(path.relative_to(ROOT)) for path in tracked() if host.encode() in path.read_bytes()]
    assert guilty == []


def test_no_lock_file_with_addresses_is_tracked() -> None:
    assert not {path.name for path in tracked()} & LOCKS_WITH_ADDRESSES


def test_every_locked_package_carries_hashes() -> None:
    for lock in ROOT.glob("requirements*.lock"):
        text = lock.read_text()
        pinned = re.findall(r"^[a-z0-9][^\s=]*==\S+", text, re.MULTILINE)
        assert pinned, f"{lock.name} pins nothing"
        blocks = re.split(r"\n(?=[a-z0-9])", text)
        assert all("--hash=sha256:" in block for block in blocks if "==" in block), lock.name


@pytest.mark.parametrize(
    "generated", [asyncapi, client_schema, export_schema, openapi, rights_page], ids=lambda module: module.__name__
)
def test_a_generated_document_is_current(generated: ModuleType) -> None:
    """`make docs` writes it again after an event, a queue or a key of client.toml has changed."""
    assert generated.DOCUMENT.read_text(encoding="utf-8") == generated.text()


@pytest.mark.parametrize(
    "path",
    [*ROOT.glob("clients/*/client.toml"), *ROOT.glob("tests/fixtures/clients/*/client.toml")],
    ids=lambda path: path.parent.name,
)
def test_the_schema_of_client_toml_takes_what_we_take(path: Path) -> None:
    if path.parent.name == "broken":
        return
    written = json.loads(json.dumps(tomllib.loads(path.read_text("utf-8")), default=str))
    validator = jsonschema.Draft202012Validator(client_schema.document())
    assert [error.message for error in validator.iter_errors(written)] == []
    wrongs: list[dict[str, Any]] = [
        {"colour": "red"},
        {"limits": {"steps": 0}},
        {"texts": {"fr": {}}},
        {"name": "No !"},
    ]
    for wrong in wrongs:
        assert not validator.is_valid(written | wrong)
