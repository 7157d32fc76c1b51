"""Somebody is forgotten while the bot answers them: every process goes on as if it had lost a lease."""

import pytest

from fleet.local.stack import OUTSIDE
from remanso.bus import Bus
from remanso.runtime.forgetting import forget
from tests.support.play import SHOP, Play
from tests.support.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]

THINKING, SENDING, HELD = "5491170003001", "5491170003002", "5491170003003"


def alive(play: Play) -> dict[str, list[int]]:
    return {name: pids for name, pids in play.stack.pids.items() if name != OUTSIDE}


async def stands(play: Play, contact: str, state: str) -> bool:
    dialog = await play.dialog(contact, "shop")
    return dialog is not None and state in {*(t.state for t in dialog.turns), *(d.state for d in dialog.deliveries)}


async def forgotten(play: Play, bus: Bus, contact: str) -> None:
    async with play.store.transaction() as tx:
        found = await tx.persons.find("shop", contact)
    assert found
    assert await forget(play.store, bus.graveyard, "shop", found, who="a test")


async def test_an_open_turn_a_part_on_its_way_and_a_take_over_end_and_everybody_may_come_back(play: Play) -> None:
    before, dead = alive(play), await play.dead_letters()
    thinks = {"when": {"user_contains": "pensá"}, "latency": 3.0, "text": "lo pensé"}
    await play.script(thinks)
    fault = {"kind": "slow", "seconds": 3.0, "to": SENDING, "times": 1}
    await play.control("POST", "graph/faults", {"faults": [fault]})
    await play.send(THINKING, "pensá un rato, ¿sí?", channel=SHOP)
    await play.send(SENDING, "¿Hay lugar?", channel=SHOP)
    await play.send(HELD, "¿Hay alguien?", channel=SHOP)
    await play.until_answered(HELD, "shop")
    await eventually(lambda: stands(play, THINKING, "open"))
    await eventually(lambda: stands(play, SENDING, "sending"))
    async with Bus.connect(play.stack.amqp_url, "forgetting") as bus:
        for contact in (THINKING, SENDING, HELD):
            await forgotten(play, bus, contact)
    await play.until_received(SENDING, 1)  # Meta had it already
    for contact in (THINKING, SENDING, HELD):
        assert await play.dialog(contact, "shop") is None
        await play.send(contact, "Hola de nuevo", "¿quedan lugares?", channel=SHOP)
    for contact in (THINKING, SENDING, HELD):
        dialog = await play.until_answered(contact, "shop")
        assert dialog.texts_of("contact") == ["Hola de nuevo", "¿quedan lugares?"]
        assert [turn.number for turn in dialog.turns] == [1]
    assert "lo pensé" not in await play.received(THINKING), "what it thought about was forgotten"
    assert (alive(play), await play.dead_letters()) == (before, dead)
    async with play.store.transaction() as tx:
        assert await tx.books.discrepancies() == []
