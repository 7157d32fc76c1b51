"""The worst day: a backup in the middle of work, then every container and volume is gone, and all begins again from it.

By the commands of docs/data-care.md, in containers. What Meta plays goes on meanwhile.
"""

import os
import subprocess
import time
from pathlib import Path

from tests.chaos.world import SLOWNESS, World
from tests.compose.plan import SERVERS
from tests.compose.production import IN_WORK
from tests.compose.stack import PROJECT, ComposeStack
from tests.compose.trial import SCALE, open_world
from tests.support.play import SHOP
from tests.support.waiting import eventually

OPEN, UNSENT = "5491170009101", "5491170009102"
"""One whose turn is open, one whose answer Meta does not take yet."""
BACKUP, WAIT_SECONDS = "/backups/check", "5"


async def lose_and_restore(stack: ComposeStack, ledger: Path) -> str:
    key, myself = Path(stack.plan.environment["REMANSO_BACKUPS"]).with_name("age-key"), f"{os.getuid()}:{os.getgid()}"
    public = _make_key(key)
    async with open_world(stack, ledger) as world:
        await _work_begins(world)
        told = await stack.operate("backup", BACKUP, "--age-recipient", public, options=("--user", myself))
        assert "encrypted; schema" in told and "NOT" not in told, told
        began = time.monotonic()
        await _lose(stack)
        await _outside_is_well_again(world)
    await stack.compose("up", "--detach", "--wait", *SERVERS)
    asked = ("restore", BACKUP, "--nobody-forgotten", "--wait", WAIT_SECONDS, "--age-identity", "/key")
    told = await stack.operate(*asked, options=("--user", myself, "--volume", f"{key}:/key:ro"))
    assert "restored: all until" in told, told
    await stack.up(SCALE)
    async with open_world(stack, ledger) as world:
        await _everybody_is_answered_once(world)
    took = time.monotonic() - began
    return (
        f"Lost with all volumes, restored from an encrypted backup: open turns were answered, once, after {took:.0f} s."
    )


def _make_key(path: Path) -> str:
    """Gives the public half."""
    subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True)
    return subprocess.run(["age-keygen", "-y", path], check=True, capture_output=True, text=True).stdout.strip()


async def _work_begins(world: World) -> None:
    await world.control(
        "POST", "graph/faults", {"faults": [{"kind": "code", "code": 131016, "to": UNSENT, "times": None}]}
    )
    await _says(world, OPEN, latency=120.0)
    await _says(world, UNSENT)
    for contact in (OPEN, UNSENT):
        await world.send(contact, f"Hola, soy {contact}. ¿Hay lugar?", channel=SHOP)
    await eventually(lambda: _stands(world, OPEN, "open"), within=60 * SLOWNESS)
    await eventually(lambda: _stands(world, UNSENT, "pending"), within=60 * SLOWNESS)


async def _says(world: World, contact: str, latency: float = 0.0) -> None:
    when = {"user_contains": contact}
    await world.script({"text": f"Hola {contact}", "when": when, "times": None, "latency": latency})


async def _stands(world: World, contact: str, state: str) -> bool:
    """Whether a turn or a part of the contact's is in this state."""
    dialog = await world.dialog(contact, "shop")
    return dialog is not None and state in [turn.state for turn in dialog.turns] + [d.state for d in dialog.deliveries]


async def _lose(stack: ComposeStack) -> None:
    await stack.compose("kill", *IN_WORK)
    await stack.compose("rm", "--force", "migrate", *IN_WORK)
    for server in SERVERS:
        await stack.docker("volume", "rm", f"{PROJECT}_{server}")


async def _outside_is_well_again(world: World) -> None:
    await world.control("DELETE", "graph/faults")
    await world.control("DELETE", "openai/script")
    for contact in (OPEN, UNSENT):
        await _says(world, contact)


async def _everybody_is_answered_once(world: World) -> None:
    """Whoever waited longer than their client's patience got its fallback before, which is no answer."""
    for contact in (OPEN, UNSENT):
        dialog = await world.until_answered(contact, "shop", within=120 * SLOWNESS)
        assert [turn.state for turn in dialog.turns] == ["answered"], contact
        assert (await world.received(contact)).count(f"Hola {contact}") == 1, contact
