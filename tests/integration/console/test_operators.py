"""The operators' page: dead letters, parts in doubt and parked numbers, each settled once and with a reason."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from fleet.local.rabbitmq import RabbitServer
from remanso.bus import Bus
from remanso.bus.batch import DeadLetter
from remanso.bus.dead_letters import DeadLetters
from remanso.bus.topology import AGENT_TURN_READY
from remanso.channels.whatsapp.media import MediaClient
from remanso.store import Store
from tests.support import infrastructure
from tests.support.console import SCHOOL, Browser, Visitors, a_console, a_parking, a_user, in_doubt
from tests.support.scene import a_conversation

SECRET_WORDS = "lo que escribió Bruno"


@pytest.fixture
async def bus(rabbitmq: RabbitServer) -> AsyncIterator[Bus]:
    async with infrastructure.vhost(rabbitmq) as url, Bus.connect(url, "operators") as bus:
        yield bus


@pytest.fixture
async def operator(store: Store, bus: Bus) -> AsyncIterator[Browser]:
    async with MediaClient("http://127.0.0.1:1", "v25.0", 0.2) as media:
        visitors = Visitors.of(a_console(store, bus, media))
        yield await visitors.as_user(await a_user(store, operator=True))
        for http in visitors.open:
            await http.aclose()


async def bury(bus: Bus, body: bytes) -> None:
    letters = DeadLetters(bus._channel, AGENT_TURN_READY)
    await letters.bury(DeadLetter(body, f"ValueError: {SECRET_WORDS}", "failed"))


async def reasons(store: Store) -> list[tuple[str, str]]:
    async with store.transaction() as tx:
        found = await tx.connection.execute(
            text("SELECT action, reason FROM audit WHERE reason IS NOT NULL ORDER BY id")
        )
        return [(action, reason) for action, reason in found]


async def state_of(store: Store, delivery_id: object) -> str:
    async with store.transaction() as tx:
        found = await tx.connection.execute(text("SELECT state FROM deliveries WHERE id = :id"), {"id": delivery_id})
        return str(found.scalar_one())


async def test_a_dead_letter_is_opened_sent_back_or_dropped(operator: Browser, bus: Bus, store: Store) -> None:
    for number in (1, 2):
        await bury(bus, f'{{"envelopes": ["{SECRET_WORDS} {number}"]}}'.encode())
    page = (await operator.get("/operators")).text
    first, second = re.findall(r'name="letter" value="(\w+)"', page)
    assert SECRET_WORDS not in page
    assert "ValueError" in page

    assert (await operator.post("/operators/letters/open", letter=first)).status_code == 422
    opened = (await operator.post("/operators/letters/open", letter=first, reason="mirar")).text
    assert f"{SECRET_WORDS} 1" in opened
    assert f"{SECRET_WORDS} 2" not in opened

    assert (await operator.post("/operators/letters/replay", letter=first, reason="arreglado")).status_code == 303
    assert (await operator.post("/operators/letters/drop", letter=second, reason="no sirve")).status_code == 303
    assert (await operator.post("/operators/letters/drop", letter=second, reason="otra vez")).status_code == 422
    depths = {each.queue: each.waiting for each in await bus.graveyard.depths()}
    assert (depths["remanso.dead"], depths[AGENT_TURN_READY.name]) == (0, 1)
    assert ("letter.replay", "arreglado") in await reasons(store)
    page = (await operator.get("/operators")).text
    assert page.index("no sirve") < page.index("arreglado") < page.index("mirar")


@pytest.mark.parametrize(("choice", "state"), [("adopt", "accepted"), ("again", "pending"), ("give_up", "failed")])
async def test_a_part_in_doubt_is_decided_once(choice: str, state: str, operator: Browser, store: Store) -> None:
    conversation = await a_conversation(store, "hola")
    delivery_id = await in_doubt(store, conversation)
    path = f"/operators/deliveries/{delivery_id}"
    assert (await operator.post(path, choice=choice, attempts="2", reason="otra")).status_code == 422
    assert await state_of(store, delivery_id) == "unknown"
    assert (await operator.post(path, choice=choice, attempts="1", reason="lo vi")).status_code == 303
    assert (await operator.post(path, choice="give_up", attempts="1", reason="tarde")).status_code == 422
    assert await state_of(store, delivery_id) == state
    assert (f"delivery.{choice}", "lo vi") in await reasons(store)


async def test_a_parked_account_tells_why_and_goes_on(operator: Browser, visitors: Visitors, store: Store) -> None:
    parking_id = await a_parking(store, SCHOOL, ["700000000000001"])
    admin = await visitors.as_user(await a_user(store, school="admin"))
    assert "Meta 131042" in (await admin.get(f"/clients/{SCHOOL}/channels")).text
    path = f"/operators/parkings/{parking_id}/resume"
    assert path in (await operator.get("/operators")).text
    assert (await operator.post(path, reason="pagado")).status_code == 303
    assert (await operator.post(path, reason="pagado")).status_code == 404
