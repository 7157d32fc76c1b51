"""What the contacts of a busy quarter of an hour do, in a minute: most things that are counted come to pass."""

import asyncio

from tests.support.play import EMPRENDEMY, SHOP, Play
from tests.support.waiting import eventually

CLIENTS = {"emprendemy": EMPRENDEMY, "shop": SHOP}
CONTACTS = 8
"""Of each client."""
WITHIN = 120.0


def wa_id(client: str, number: int) -> str:
    return f"54911{list(CLIENTS).index(client):03}{number:05}"


async def everybody_writes(play: Play, rounds: int) -> None:
    """Bursts of two from everybody, again when they were answered."""
    for turn in range(1, rounds + 1):
        people = [(client, number) for client in CLIENTS for number in range(CONTACTS)]
        await asyncio.gather(*(_write(play, client, number, turn) for client, number in people))
        for client, number in people:
            await play.until_answered(wa_id(client, number), client, turns=turn, within=WITHIN)


async def _write(play: Play, client: str, number: int, turn: int) -> None:
    words = (f"Buenas tardes desde la calle {number}, pregunto por {turn}ª vez", "¿Qué cursos de Excel tienen ahora?")
    await play.send(wa_id(client, number), *words, channel=CLIENTS[client])


async def the_model_stumbles(play: Play) -> None:
    """It is away for some seconds: a turn is postponed, and answered afterwards."""
    await play.control("POST", "openai/faults", {"faults": [{"kind": "outage", "times": None}]})
    who = wa_id("emprendemy", 100)
    try:
        await play.send(who, "¿Están ahí a esta hora de la noche?")
        await eventually(lambda: _postponed(play, who), within=WITHIN)
    finally:
        await play.control("DELETE", "openai/faults")
    await play.until_answered(who, within=WITHIN)


async def _postponed(play: Play, who: str) -> bool:
    dialog = await play.dialog(who)
    return dialog is not None and any(turn.failures for turn in dialog.turns)


async def meta_refuses_once(play: Play) -> None:
    """Too many calls: the part goes out a little later."""
    who = wa_id("emprendemy", 101)
    await play.control("POST", "graph/faults", {"faults": [{"kind": "code", "code": 131056, "to": who, "times": 1}]})
    await play.send(who, "¿Tienen algo de marketing digital para mí?")
    await play.until_answered(who, within=WITHIN)


async def a_person_answers(play: Play) -> None:
    """From the business' phone: the bot is silent from then on."""
    who = wa_id("emprendemy", 0)
    await play.control("POST", f"contacts/{who}/echo", {"text": "Hola, te atiende una persona del equipo"})

    async def taken_over() -> bool:
        dialog = await play.dialog(who)
        return dialog is not None and dialog.conversation.mode == "human"

    await eventually(taken_over, within=WITHIN)


async def load(play: Play, rounds: int) -> None:
    await everybody_writes(play, rounds)
    await the_model_stumbles(play)
    await meta_refuses_once(play)
    await a_person_answers(play)
