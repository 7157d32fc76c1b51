"""`remanso clients provision` is killed around its calls to the outside, and run again.

On Heroku every eighth call is one it dies before; REMANSO_KILL_EVERY=1 makes it all of them, everywhere.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from fleet.git import Repository
from tests.support.kills import EVERY, Killed
from tests.support.provisioning import Operator
from tests.support.standins.evidence import differences, host_differences, shared_differences
from tests.support.standins.places import Places
from tests.support.standins.snare import snare
from tests.support.standins.sshd import Host

WORDS = ("clients", "provision", "espiga", "--json")
WRITES = ("mkdir", "cat >", "tar xzf", "compose up")
"""What in a command over ssh changes something."""
MOVES = ("fetch", "commit-tree", "merge", "push")
"""The same of git."""


@pytest.mark.timeout(1800)
def test_killed_around_a_call_it_goes_on(desk: Operator, world: Places) -> None:
    head = Repository(desk.create("espiga")).head() or ""

    def prepare() -> None:
        world.reset()
        shutil.rmtree(desk.folder / ".remanso", ignore_errors=True)

    Killed(desk, WORDS, prepare, lambda: differences(world, "espiga", head, desk.environment)).sweep(EVERY or 8)


@pytest.mark.timeout(1800)
def test_killed_around_a_call_to_a_host_it_goes_on(desk: Operator, world: Places, host: Host, tmp_path: Path) -> None:
    folder = desk.create("espiga")
    world.hosts["espiga"] = host.home / "bots" / "espiga"
    words = ", ".join(f'"{word}"' for word in host.options)
    with (desk.folder / "fleet.toml").open("a") as inventory:
        inventory.write(
            f'platform = "host"\nhost = {{ address = "{host.address}", url = "{world.url}/hosted/espiga", '
            f'folder = "{host.home}/bots", options = [{words}] }}\n'
        )

    def prepare() -> None:
        world.reset()
        shutil.rmtree(desk.folder / ".remanso", ignore_errors=True)
        shutil.rmtree(host.home / "bots", ignore_errors=True)

    def wrong() -> Sequence[str]:
        return host_differences(world, host, "espiga", Repository(folder).head() or "", desk.environment)

    ssh = snare(tmp_path / "snare", "ssh")
    around = ssh.environment(desk.environment)
    changes = lambda call: any(word in call for word in WRITES)  # noqa: E731
    Killed(desk, WORDS, prepare, wrong, trap=ssh, changes=changes, environment=around).sweep()


@pytest.mark.timeout(1800)
def test_killed_around_moving_into_a_shared_app_it_goes_on(desk: Operator, world: Places, tmp_path: Path) -> None:
    """Around its calls to Heroku, and around every git that it runs in the shared repository."""
    desk.create("hub")
    assert desk.run("clients", "provision", "hub", "--json", env=world.client_secrets("hub")).code == 0
    desk.create("espiga")
    with (desk.folder / "fleet.toml").open("a") as inventory:
        inventory.write('platform = "shared"\nshared = { client = "hub", app = "remanso-hub", folder = "hub" }\n')
    git = snare(tmp_path / "snare", "git")
    around = git.environment(desk.environment)
    with world.remembered(desk.folder) as bring_back:

        def prepare() -> None:
            bring_back()
            world.simulator.management.reset()
            world.simulator.graph.templates.reset()

        def wrong() -> Sequence[str]:
            return shared_differences(world, desk.folder, "hub", "espiga", desk.environment)

        Killed(desk, WORDS, prepare, wrong).sweep()
        changes = lambda call: call.split()[1] in MOVES  # noqa: E731
        Killed(desk, WORDS, prepare, wrong, trap=git, changes=changes, environment=around).sweep()
