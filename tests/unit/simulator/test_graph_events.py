"""The event stream and the state that the phone page lives on."""

import asyncio
import json
from typing import Any

from services.simulator.events import EventStream
from tests.unit.simulator.graph_server import ANA, Stage

Json = dict[str, Any]


async def test_a_watcher_hears_messages_statuses_typing_and_contacts(stage: Stage) -> None:
    events: list[Json] = []

    async def watch() -> None:
        async with stage.http.stream("GET", "/control/events", timeout=10) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            watching.set()
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    events.append(json.loads(line.removeprefix("data: ")))
                if events and events[-1]["what"] == "reset":
                    return

    watching = asyncio.Event()
    watcher = asyncio.create_task(watch())
    await watching.wait()
    [wamid] = await stage.hear({"type": "text", "text": "hola"}, profile_name="Ana María")
    typing = {"type": "text"}
    await stage.post(
        {"messaging_product": "whatsapp", "status": "read", "message_id": wamid, "typing_indicator": typing}
    )
    await stage.say("listo")
    await stage.endpoint.told(3)
    conversation = await stage.conversation()
    await stage.order("reset")
    await watcher

    told = [(event["what"], event["contact"], event.get("status")) for event in events if event["what"] != "webhook"]
    assert told == [
        ("contact", ANA, None),
        ("message", ANA, "sent"),
        ("status", ANA, "delivered"),
        ("status", ANA, "read"),
        ("typing", ANA, None),
        ("message", ANA, "accepted"),
        ("status", ANA, "sent"),
        ("status", ANA, "delivered"),
        ("status", ANA, "read"),
        ("reset", None, None),
    ]
    last = next(event for event in reversed(events) if event["what"] == "status")
    assert {key: value for key, value in last.items() if key != "what"} == conversation[-1]
    assert {event["status"] for event in events if event["what"] == "webhook"} == {200}


async def test_closing_ends_every_watch() -> None:
    stream = EventStream()

    async def watch() -> list[Json]:
        return [event async for event in stream.watch()]

    watchers = [asyncio.create_task(watch()) for _ in range(2)]
    await asyncio.sleep(0)
    stream.tell("contact", ANA, {"name": "Ana"})
    stream.close()
    assert await asyncio.gather(*watchers) == [[{"what": "contact", "contact": ANA, "name": "Ana"}]] * 2


async def test_state_says_that_it_is_a_simulator(stage: Stage) -> None:
    state = await stage.see("state")
    assert state["simulator"] is True
    assert [number["name"] for number in state["numbers"]] == ["Emprendemy", "Otra"]
    assert [contact["name"] for contact in state["contacts"]] == ["Ana", "Bruno", "Carla"]
    assert all(contact["user_id"][2] == "." for contact in state["contacts"])


async def test_a_new_contact_is_met_by_writing(stage: Stage) -> None:
    await stage.hear({"type": "text", "text": "hola"}, contact="5989955550144", profile_name="Damián")
    [damian] = [c for c in (await stage.see("state"))["contacts"] if c["wa_id"] == "5989955550144"]
    assert (damian["name"], damian["user_id"][:3]) == ("Damián", "UY.")


async def test_the_phone_page_is_at_the_root(stage: Stage) -> None:
    page = await stage.http.get("/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
