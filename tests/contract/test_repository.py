"""What is true of every file we track, and of the documents that are generated."""

import re
import subprocess
from pathlib import Path

import pytest

from fleet import asyncapi

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


def test_the_asyncapi_document_is_current() -> None:
    """`make docs` writes it again after an event or a queue has changed."""
    assert asyncapi.DOCUMENT.read_text(encoding="utf-8") == asyncapi.text()
