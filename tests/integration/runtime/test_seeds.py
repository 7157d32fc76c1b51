"""What clients bring along becomes rows when their agents start, or when a deployment says so."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from remanso.errors import StoreUnavailable
from remanso.plugin import Collection, Item
from remanso.plugin.registry import Registry
from remanso.runtime import seeds
from remanso.runtime.seeds import plant_seeds, plant_seeds_when_possible
from remanso.store import Store, Transaction
from tests.support import school


class Course(Item):
    slug: str
    price: Decimal


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with Store.connect(database_url) as opened:
        yield opened


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """A business with one course in its seed file."""
    (client,) = school.registry(school.config(f"school-{uuid4().hex[:6]}")).clients.values()
    courses = Collection(Course, name="courses", key="slug", title="slug")
    write(tmp_path, "10")
    return Registry({client.name: replace(client, folder=tmp_path, collections=(courses,))}, {})


def write(folder: Path, price: str) -> None:
    (folder / "seeds").mkdir(exist_ok=True)
    (folder / "seeds" / "courses.json").write_text(json.dumps([{"slug": "pan", "price": price}]))


async def price(store: Store, registry: Registry) -> str | None:
    async with store.transaction() as tx:
        found = await tx.collections.items(next(iter(registry.clients)), "courses")
    return str(found[0].data["price"]) if found else None


async def test_a_start_adds_what_is_missing_and_a_deployment_refreshes(
    store: Store, registry: Registry, tmp_path: Path
) -> None:
    await plant_seeds(store, registry, refresh=False)
    write(tmp_path, "12")
    await plant_seeds(store, registry, refresh=False)
    assert await price(store, registry) == "10"
    await plant_seeds(store, registry, refresh=True)
    assert await price(store, registry) == "12"


async def test_an_agent_waits_for_the_store(store: Store, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    class Late(Store):
        """Not there at first."""

        asked = 0

        @asynccontextmanager
        async def transaction(self) -> AsyncIterator[Transaction]:
            self.asked += 1
            if self.asked < 3:
                raise StoreUnavailable("not yet")
            async with super().transaction() as tx:
                yield tx

    monkeypatch.setattr(seeds, "PAUSE_SECONDS", 0)
    with capture_logs() as told:
        await plant_seeds_when_possible(Late(store._engine), registry, refresh=False)
    assert [line["event"] for line in told] == ["seeds.waiting_for_store"] * 2 + ["seeds.planted"]
    assert await price(store, registry) == "10"


CLIENT = """
from remanso.plugin import Collection, Item

class Course(Item):
    slug: str
    price: str

tools = ()
collections = (Collection(Course, name="courses", key="slug", title="slug"),)
"""


async def test_the_command_checks_and_seeds(store: Store, database_url: str, tmp_path: Path) -> None:
    toml = Path(__file__).parents[2] / "fixtures" / "clients" / "storm" / "client.toml"
    bakery = tmp_path / "bakery"
    for name, text in {
        "client.toml": toml.read_text("utf-8").replace("storm", "bakery"),
        "prompts/system.md": "Hola.",
        "bakery_bot/__init__.py": CLIENT,
    }.items():
        (bakery / name).parent.mkdir(parents=True, exist_ok=True)
        (bakery / name).write_text(text, "utf-8")
    write(bakery, "10")
    settings = {"REMANSO_DATABASE_URL": database_url, "REMANSO_CLIENTS_DIR": str(tmp_path)}
    assert await remanso("clients", "check", str(bakery)) == (0, "bakery: nothing to mend\n")
    code, told = await remanso("clients", "seed", **settings)
    assert code == 0, told
    async with store.transaction() as tx:
        assert [item.key for item in await tx.collections.items("bakery", "courses")] == ["pan"]
    (bakery / "seeds" / "courses.json").write_text('[{"slug": "pan", "prize": "1"}]')
    code, told = await remanso("clients", "check", str(bakery))
    assert code == 1
    assert "bakery: seeds/courses.json: item 0: price: Field required" in told


async def remanso(*arguments: str, **environment: str) -> tuple[int | None, str]:
    ran = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("remanso"),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **environment},
    )
    said, _ = await ran.communicate()
    return ran.returncode, said.decode()
