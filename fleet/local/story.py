"""The scripted conversation of `remanso dev --once`: each chapter plays a part and checks how it came out.

A chapter looks at both ends: what the phone received (the simulator's records) and what PostgreSQL holds. It raises
WentWrong with what differed.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fleet.local.contact import Contact, Records, WentWrong
from remanso.plugin.config import ClientConfig
from remanso.store.turns import Turn


@dataclass
class Scene:
    """Who plays: the client, and the contact who writes to it."""

    client: ClientConfig
    contact: Contact


@dataclass(frozen=True)
class Exchange:
    """What one piece of writing led to, once all was at rest."""

    wamids: list[str]
    received: list[str]
    turns: list[Turn]
    records: Records


@dataclass(frozen=True)
class Chapter:
    key: str
    title: str
    play: Callable[[Scene], Awaitable[None]]


def expect(holds: bool, otherwise: str) -> None:
    if not holds:
        raise WentWrong(otherwise)


async def exchange(contact: Contact, *messages: str | dict[str, object], **how: object) -> Exchange:
    """Write, wait until all is answered, and tell what is new since. Every text stored was received, in that order."""
    texts, turns = len(await contact.received()), len((await contact.records()).turns)
    wamids = await contact.write(*messages, **how)
    records = await contact.until_at_rest(wamids)
    new = Exchange(wamids, (await contact.received())[texts:], list(records.turns[turns:]), records)
    stored = [message.content["text"] for message in records.said_by_bot(new.turns)]
    expect(new.received == stored, f"the phone received {new.received}, PostgreSQL holds {stored}")
    return new


async def burst_of_three(scene: Scene) -> None:
    burst = ["¡Hola!", "Me llamo Ana", "¿me contás qué hacen en Emprendemy?"]
    answer = "¡Hola, Ana! Somos una escuela de cursos en línea para emprender. ¿Qué te gustaría aprender?"
    await scene.contact.control.script_model({"text": answer, "when": {"user_contains": burst[-1]}})
    came = await exchange(scene.contact, *burst)
    expect(came.received == [answer], f"expected exactly one answer, received {came.received}")
    expect(len(came.turns) == 1, f"three messages made {len(came.turns)} turns")
    expect(await scene.contact.model_read(*burst), "the model did not read the burst in the order it was written")


async def text_beside_tool_call(scene: Scene) -> None:
    came = await exchange(scene.contact, "¿Qué cursos de marketing tienen?")
    calling_steps = {call.step_id for call in came.records.calls}
    said = came.records.said_by_bot(came.turns)
    expect(len(said) >= 2, f"expected a text beside the tool call and the answer, received {came.received}")
    expect(said[0].step_id in calling_steps, "the first text was not said beside a tool call")
    expect(said[-1].step_id not in calling_steps, "the last text is no answer: it stands beside a tool call")


async def reaction(scene: Scene) -> None:
    came = await exchange(scene.contact, {"type": "reaction", "emoji": "👍", "to": None})
    stored = came.records.by_wamid(came.wamids[0])
    expect(stored.content["kind"] == "reaction", f"the reaction was stored as {stored.content['kind']}")
    expect(not came.turns and not came.received, f"a reaction was answered: {came.received}")


async def location(scene: Scene) -> None:
    place = {"type": "location", "latitude": -34.6037, "longitude": -58.3816, "name": "Obelisco", "address": "CABA"}
    came = await exchange(scene.contact, place)
    expect(bool(came.received), "a location got no answer")
    expect(await scene.contact.model_read("Obelisco"), "the place did not reach the model")
    person = came.records.person
    kept = person.location if person else None
    expect(kept is not None and kept["latitude"] == place["latitude"], f"the contact's location is {kept}")


async def duplicate_webhook(scene: Scene) -> None:
    came = await exchange(scene.contact, "Gracias, lo pienso y te escribo", repeat=3)
    copies = [message for message in came.records.messages if message.wamid == came.wamids[0]]
    expect(len(copies) == 1, f"one message delivered three times was stored {len(copies)} times")
    expect(len(came.turns) == 1 and bool(came.received), f"it was answered in {len(came.turns)} turns")


async def outage(scene: Scene) -> None:
    contact, fallbacks = scene.contact, [texts.fallback for texts in scene.client.texts.values()]
    before = len(await contact.received())
    await contact.control.break_model("outage")
    wamids = await contact.write("¿Dan certificado al terminar?")
    [told, *more] = (await contact.until_received(before + 1))[before:]
    expect(told in fallbacks and not more, f"during the outage the phone received {[told, *more]}")
    wamids += await contact.write("¿Hola? ¿Están ahí?")
    answer = "¡Ya volvimos! Sí: al terminar cada curso te damos un certificado."
    await contact.control.script_model({"text": answer, "when": {"user_contains": "certificado"}})
    await contact.control.mend_model()
    await contact.until_at_rest(wamids)
    [_, *after] = (await contact.received())[before:]
    expect(after[:1] == [answer], f"after the outage the phone received {after}")
    expect(not set(after) & set(fallbacks), "the fallback text came more than once")


CHAPTERS = (
    Chapter("burst_answered_once", "A burst of three, one answer", burst_of_three),
    Chapter("text_beside_tool_call_sent", "A text beside a tool call, then the answer", text_beside_tool_call),
    Chapter("reaction_stored", "A reaction: stored, not answered", reaction),
    Chapter("location_saved", "A location: read by the model, saved with the contact", location),
    Chapter("duplicate_stored_once", "A webhook delivered three times", duplicate_webhook),
    Chapter("outage_survived", "OpenAI is down: one fallback text; it is back: the answer", outage),
)
