"""An operator in front of all places; both are new in each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.provisioning import Operator, operator
from tests.support.standins.places import Places, places


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Places]:
    with places(tmp_path / "places") as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, world: Places) -> Operator:
    """May provision the client `espiga`."""
    folder = tmp_path / "desk"
    folder.mkdir()
    return operator(folder, world, "espiga")
