"""A stack in the middle of its work is backed up, loses everything, and is restored into an empty database and broker.

What Meta plays goes on meanwhile: phones keep what they got, receipts go on trying to be told.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from fleet.backup.making import back_up
from fleet.backup.restoring import restore
from fleet.local.environment import Elsewhere
from fleet.local.postgres import PostgresServer
from fleet.local.rabbitmq import RabbitServer
from fleet.local.stack import OUTSIDE, LocalStack
from remanso.store import Store
from tests.chaos.invariants import WENT_OUT
from tests.chaos.world import IN_A_HURRY, RECONCILE_SECONDS, hurry
from tests.support import infrastructure
from tests.support.clients import lay_out_clients
from tests.support.play import SHOP, Play
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

OPEN, UNSENT, WAITING, HELD, TOLD, UNTOLD = (f"54911700020{place:02}" for place in range(6))
"""An open turn, an unsent part, a waiting burst, a take-over; and two whose part goes out after the backup: of one a
receipt comes to the restored stack, of the other it came to the lost one."""
LATE = "Ya te leímos, enseguida te respondemos."
"""What a contact hears besides where the machine is so slow that the model seems down."""


@pytest.fixture
async def play(postgres: PostgresServer, rabbitmq: RabbitServer, tmp_path: Path) -> AsyncIterator[Play]:
    clients = lay_out_clients(tmp_path / "clients", "shop")
    hurry(clients)
    toml = clients / "shop" / "client.toml"
    patient = re.sub(r"(?m)(\[patience\].*\n)seconds = [\d.]+", r"\g<1>seconds = 300", toml.read_text("utf-8"))
    slow = re.sub(r"(?m)^(quiet|longest) = [\d.]+", r"\g<1> = 300.0", patient)  # a burst that is still waited for
    toml.write_text(slow, "utf-8")
    async with (
        infrastructure.database(postgres.url) as database_url,
        infrastructure.vhost(rabbitmq) as amqp_url,
        LocalStack(
            clients_dir=clients,
            environment={**IN_A_HURRY, "SHOP_LEDGER": str(tmp_path / "ledger.txt")},
            elsewhere=Elsewhere(database_url=database_url, amqp_url=amqp_url),
        ) as stack,
        Store.connect(database_url, name="restore") as store,
    ):
        yield Play(stack, store, tmp_path / "ledger.txt")


async def says(play: Play, contact: str, *, latency: float = 0.0) -> None:
    """What the model answers to this contact, whenever it is asked."""
    when = {"user_contains": contact}
    await play.script({"text": f"Hola {contact}", "when": when, "times": None, "latency": latency})


async def refuse(play: Play, *contacts: str) -> None:
    """Meta takes nothing for these, for now; for the others it does."""
    faults = [{"kind": "code", "code": 131016, "to": contact, "times": None} for contact in contacts]
    play.stack.freeze("sender")
    await play.control("DELETE", "graph/faults")
    await play.control("POST", "graph/faults", {"faults": faults})
    play.stack.thaw("sender")


async def in_the_middle(play: Play) -> None:
    """Everybody has written, and each of them stands somewhere else when this returns."""
    await refuse(play, UNSENT, TOLD, UNTOLD)
    for contact in (UNSENT, TOLD, UNTOLD, HELD):
        await says(play, contact)
    await says(play, OPEN, latency=60)
    for contact in (OPEN, UNSENT, TOLD, UNTOLD, HELD):
        await play.send(contact, f"Hola, soy {contact}. ¿Hay lugar?", channel=SHOP)
    await eventually(lambda: stands(play, {OPEN: "open", UNSENT: "pending", TOLD: "pending", UNTOLD: "pending"}))
    await play.until_answered(HELD, "shop")
    dialog = await play.dialog(HELD, "shop")
    assert dialog
    async with play.store.transaction() as tx:
        await tx.conversations.lock(dialog.conversation.id)
        await tx.takeovers.take_over(dialog.conversation.id, timedelta(minutes=30))
    await play.send(HELD, "¿Sigue ahí?", channel=SHOP)
    await says(play, WAITING)
    await play.send(WAITING, f"Soy {WAITING}", "y quería preguntar", channel=SHOP)
    await eventually(lambda: stands(play, {WAITING: "due"}))


async def stands(play: Play, wanted: dict[str, str]) -> bool:
    """`open`: its turn; `due`: its burst; else the state of its only part."""
    for contact, state in wanted.items():
        dialog = await play.dialog(contact, "shop")
        if dialog is None:
            return False
        found = {turn.state for turn in dialog.turns} | {part.state for part in dialog.deliveries}
        found |= {"due"} if dialog.conversation.due_at and len(dialog.messages) == 2 and not dialog.turns else set()
        if state not in found:
            return False
    return True


async def move_on(play: Play) -> None:
    """What happens after the backup, of which it knows nothing."""
    await refuse(play, UNSENT, TOLD)
    await play.until_received(UNTOLD, 1)
    await eventually(lambda: stands(play, {UNTOLD: "read"}))
    await play.stack.processes["ingress"][0].end()  # from here on receipts find nobody, and Meta tries again
    await refuse(play, UNSENT)
    await play.until_received(TOLD, 1)


async def lose_everything(play: Play) -> None:
    for service, group in play.stack.processes.items():
        if service != OUTSIDE:
            for process in group:
                await process.end()
    await play.control("DELETE", "graph/faults")
    await play.control("DELETE", "openai/script")
    for contact in (OPEN, UNSENT, WAITING, HELD, TOLD, UNTOLD):
        await says(play, contact)


async def test_every_open_turn_finishes_and_nothing_goes_out_twice_unsaid(
    play: Play, postgres: PostgresServer, rabbitmq: RabbitServer, tmp_path: Path
) -> None:
    await in_the_middle(play)
    backup = tmp_path / "backup"
    await asyncio.to_thread(back_up, play.stack.database_url, backup)
    await move_on(play)
    await lose_everything(play)
    async with AsyncExitStack() as opened:
        database_url = await opened.enter_async_context(infrastructure.database(postgres.url))
        amqp_url = await opened.enter_async_context(infrastructure.vhost(rabbitmq))
        wait = timedelta(seconds=2 * RECONCILE_SECONDS)
        _, after, again = await asyncio.to_thread(restore, backup, database_url, wait=wait)
        assert (after.parts, after.turns, after.waiting, again) == (3, 1, 1, 0)
        restored = await begin_again(play, database_url, amqp_url, opened)
        try:
            await finished(restored)
        finally:
            for service, group in play.stack.processes.items():
                if service != OUTSIDE:
                    for process in group:
                        await process.stop()


async def begin_again(play: Play, database_url: str, amqp_url: str, opened: AsyncExitStack) -> Play:
    """The same services, at the same addresses for Meta, on the restored database and a broker that knows nothing."""
    for service, group in play.stack.processes.items():
        if service != OUTSIDE:
            for process in group:
                there = {"REMANSO_DATABASE_URL": database_url, "REMANSO_AMQP_URL": amqp_url}
                process.environment = {**process.environment, **there}
                process.start()
    await play.stack.wait_ready()
    store = await opened.enter_async_context(Store.connect(database_url, name="restored"))
    return replace(play, store=store)


async def finished(play: Play) -> None:
    await play.send(WAITING, "¿hay lugar?", channel=SHOP)  # which ends the burst that was waited for
    for contact in (OPEN, UNSENT, WAITING, TOLD, UNTOLD):
        dialog = await play.until_answered(contact, "shop", within=120)
        assert [turn.state for turn in dialog.turns] == ["answered"], contact
        (part,) = dialog.deliveries
        times = 2 if contact == UNTOLD else 1
        answers = [text for text in await play.received(contact) if text != LATE]
        assert answers == [f"Hola {contact}"] * times, contact
        assert part.state in WENT_OUT
        if contact in (UNTOLD, UNSENT):
            assert part.resends == 1, "sent again, and counted"
        if contact == TOLD:
            assert part.resends == 0, "its receipt told that it had gone out"
    held = await play.dialog(HELD, "shop")
    assert held and held.conversation.mode == "human"
    assert await play.received(HELD) == [f"Hola {HELD}"]
    assert held.texts_of("contact")[-1] == "¿Sigue ahí?"
