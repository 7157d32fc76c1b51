"""A release with migrations comes while people write: the tables change under the old processes, then one process
after the other becomes a new one. Nothing is lost, nothing doubled, nothing out of order.

The old processes run the code of the commit before the newest migration, taken out of the repository's history. What
was written while a person had the word they left to that person, said or not (docs/decisions/0037).
"""

import asyncio
import io
import subprocess
import tarfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from fleet.local.environment import Elsewhere
from fleet.local.logs import Logs
from fleet.local.ports import free_ports
from fleet.local.postgres import PostgresServer
from fleet.local.premises import Premises
from fleet.local.processes import ServiceProcess
from fleet.local.rabbitmq import RabbitServer
from fleet.local.stack import OUTSIDE, LocalStack
from remanso.store import Store
from remanso.store.migrate import newest, upgrade
from remanso.store.standing import standing_of
from tests.chaos.evidence import Before, gather_evidence, until_at_rest
from tests.chaos.invariants import LEFT, violations
from tests.chaos.scenario import play
from tests.chaos.waits import watch_waits
from tests.chaos.world import IN_A_HURRY, World, hurry
from tests.support import infrastructure
from tests.support.clients import lay_out_clients

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

ROOT = Path(__file__).parents[2]
SCALE = {"debouncer": 2, "agent": 2, "sender": 2}
VERSIONS = "shared/remanso/store/migrations/versions"


@dataclass(frozen=True)
class OldRelease:
    """Its code in `folder`, and the schema it was written for. Each of its processes writes its pid into `ran`."""

    folder: Path
    schema: str
    ran: Path

    def environment(self) -> Mapping[str, str]:
        return {
            "PYTHONPATH": f"{self.folder}:{self.folder / 'shared'}",
            "PYTHONSAFEPATH": "1",  # else the folder the tests run in would come first, with the new code
            "OLD_CODE_RAN": str(self.ran),
        }

    def pids(self) -> set[int]:
        return {int(line) for line in self.ran.read_text().split()}


def git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", str(ROOT), *words], check=True, capture_output=True).stdout


def last_with_fewer_migrations() -> str:
    """A commit whose migrations are some of today's, by today's names: what was numbered anew was never released."""
    today = {path.name for path in (ROOT / VERSIONS).glob("0*.py")}
    for commit in git("log", "--first-parent", "-m", "--format=%H", "--", VERSIONS).decode().split():
        listed = git("ls-tree", "--name-only", f"{commit}^1", f"{VERSIONS}/").decode().split()
        names = {Path(path).name for path in listed} - {"__init__.py"}
        if names and names < today:
            return f"{commit}^1"
    raise StopIteration


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> OldRelease:
    """What ran before the newest migrations came."""
    folder = tmp_path_factory.mktemp("old")
    try:
        packed = git("archive", last_with_fewer_migrations(), "services", "shared")
    except (subprocess.CalledProcessError, StopIteration):
        pytest.skip("the repository's history is not here: a shallow clone, or none")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    says = 'import os\nwith open(os.environ["OLD_CODE_RAN"], "a") as ran:\n    ran.write(f"{os.getpid()}\\n")\n'
    (folder / "shared" / "remanso" / "__init__.py").write_text(says)
    config = Config()
    config.set_main_option("script_location", str(folder / "shared" / "remanso" / "store" / "migrations"))
    config.set_main_option("path_separator", "os")
    schema = ScriptDirectory.from_config(config).get_current_head()
    assert schema and schema != newest()
    return OldRelease(folder, schema, folder / "ran.txt")


@dataclass
class StackOfOld(LocalStack):
    """Begins as the old release left it."""

    schema: str = field(kw_only=True)

    async def _migrate(self, database_url: str) -> None:
        await upgrade(database_url, self.schema)


@pytest.fixture
async def world(
    postgres: PostgresServer, rabbitmq: RabbitServer, old: OldRelease, tmp_path: Path
) -> AsyncIterator[World]:
    def old_process(
        premises: Premises, logs: Logs, service: str, index: int, environment: Mapping[str, str]
    ) -> ServiceProcess:
        is_old = {} if service == OUTSIDE else old.environment()
        return ServiceProcess(premises, logs, service, index, {**environment, **is_old})

    clients, ledger = lay_out_clients(tmp_path / "clients", "shop"), tmp_path / "ledger.txt"
    hurry(clients)
    async with (
        infrastructure.database(postgres.url) as database_url,
        infrastructure.vhost(rabbitmq) as amqp_url,
        StackOfOld(
            clients_dir=clients,
            scale=SCALE,
            environment={**IN_A_HURRY, "SHOP_LEDGER": str(ledger)},
            elsewhere=Elsewhere(database_url=database_url, amqp_url=amqp_url),
            make_process=old_process,
            simulator_port=free_ports(1)[0],
            schema=old.schema,
        ) as stack,
        Store.connect(database_url, name="upgrade") as store,
        watch_waits(store) as waits,
    ):
        yield World(stack, store, ledger, waits)


async def roll(world: World, old: OldRelease) -> None:
    """One process after the other ends politely and begins again with the new code."""
    for service, group in world.stack.processes.items():
        for index, process in enumerate(group):
            if service != OUTSIDE:
                await world.stack.stop(service, index)
                process.environment = {k: v for k, v in process.environment.items() if k not in old.environment()}
                world.stack.start(service, index)
                while not await process.is_ready(world.stack.http):  # noqa: ASYNC110  (it is another process)
                    await asyncio.sleep(0.1)


async def test_a_release_with_migrations_comes_while_people_write(world: World, old: OldRelease) -> None:
    before, url = await Before.of(world), world.stack.database_url
    assert running(world) <= old.pids(), "the old code runs"
    assert (await standing_of(url)).revision == old.schema
    first, _ = await asyncio.gather(play(world, 1, "before the tables change"), upgrade(url))
    assert (await standing_of(url)).revision == newest()
    assert (await until_at_rest(world, first)).missing == ""  # else its troubles would come on top of the second's
    second, _ = await asyncio.gather(play(world, 2, "while processes are replaced"), roll(world, old))
    rest = await until_at_rest(world, [*first, *second])
    assert rest.missing == ""
    found = violations(await gather_evidence(world, [*first, *second], before))
    assert {name: wrong for name, told in found.items() if (wrong := [one for one in told if LEFT not in one])} == {}
    assert not running(world) & old.pids(), "only the new code runs"


def running(world: World) -> set[int]:
    return {pid for name, pids in world.stack.pids.items() if name != OUTSIDE for pid in pids}
