"""An operator in front of all places; both are new in each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.provisioning import Operator, operator
from tests.support.shops import Shops, shops_that_run
from tests.support.standins.places import Places, places
from tests.support.standins.sshd import SSHD, Host, ssh_host


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


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    if not SSHD:
        pytest.skip("there is no sshd; Debian has it in openssh-server")
    with ssh_host(tmp_path / "host") as running:
        yield running


@pytest.fixture(scope="session")
def four_shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    """Provisioned once: it takes longer than what is tried with them."""
    with shops_that_run(tmp_path_factory.mktemp("shops")) as shops:
        yield shops


@pytest.fixture
def shops(four_shops: Shops) -> Shops:
    """Four clients that run, as they were after provisioning."""
    four_shops.bring_back()
    return four_shops
