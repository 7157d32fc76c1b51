"""kill -9 in the middle of work."""

import asyncio
from datetime import UTC, datetime

import pytest

from remanso.channels.whatsapp.receipts import read_callback
from tests.support.credit import assert_books_agree
from tests.support.play import SHOP, Play, repeated
from tests.support.waiting import eventually

SHOP_GRANT = 100_000
"""US dollars a month, in its client.toml."""
EVER, NEVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]


def call(name: str, **arguments: str) -> dict[str, object]:
    return {"name": name, "arguments": arguments}


async def test_a_write_tool_cut_off_by_kill_9_runs_once_and_each_text_comes_once(play: Play) -> None:
    contact, workshop = "5491180000001", "slow cerámica"
    await play.script(
        {
            "text": "Te reservo un lugar…",
            "tool_calls": [call("book_seat", workshop=workshop)],
            "when": {"user_contains": "reservame cerámica"},
        },
        {"text": "Listo, lo dejo en manos de una persona.", "when": {"user_contains": "reservame cerámica"}},
    )
    await play.send(contact, "Hola, reservame cerámica", channel=SHOP)
    await eventually(lambda: any(workshop in line for line in play.ledger_lines()), within=40)
    for index in range(len(play.stack.processes["agent"])):
        play.stack.kill("agent", index)
    dialog = await play.until_answered(contact, "shop", within=90)
    assert [line for line in play.ledger_lines() if workshop in line] == [f"book {workshop} {_key(dialog)}"]
    assert [call.state for call in dialog.calls] == ["unknown"]
    bot = [text for text in await play.received(contact) if text != "Ya te leímos, enseguida te respondemos."]
    assert bot == ["Te reservo un lugar…", "Listo, lo dejo en manos de una persona."]
    asked = [r["body"] for r in await play.control("GET", "openai/requests") if "reservame cerámica" in str(r["body"])]
    assert "unknown" in str(asked[-1]["messages"][-1]) or "unknown" in str(asked[-1]["messages"]), "the model was told"
    await the_shop_paid_what_its_steps_cost(play)


async def the_shop_paid_what_its_steps_cost(play: Play) -> None:
    """Its credit is enabled: whatever was killed, nothing stays reserved."""

    async def released() -> bool:
        async with play.store.transaction() as tx:
            account = await tx.books.account("shop")
        return account is not None and account.reserved == 0

    await eventually(released, within=30)
    await assert_books_agree(play.store)
    async with play.store.transaction() as tx:
        account = await tx.books.account("shop")
        days = await tx.books.used_by_client("shop", EVER, NEVER, "UTC")
    assert account
    assert account.balance == SHOP_GRANT - sum(day.cost_usd for day in days)


def _key(dialog: object) -> str:
    [only] = dialog.calls  # type: ignore[attr-defined]
    return f"{only.turn_id}:{only.call_id}"


async def test_text_beside_two_calls_and_a_verbatim_text_all_arrive_in_order(play: Play) -> None:
    contact = "5491180000002"
    await play.script(
        {
            "text": "Miro las dos cosas…",
            "tool_calls": [call("count_seats", workshop="vitrofusión"), call("describe", workshop="Vitrofusión")],
            "when": {"user_contains": "vitrofusión"},
        },
        {"text": "Quedan 7 lugares.", "when": {"user_contains": "vitrofusión"}},
    )
    await play.send(contact, "Contame de vitrofusión", "¿quedan lugares?", channel=SHOP)
    dialog = await play.until_answered(contact, "shop")
    assert await play.received(contact) == [
        "Miro las dos cosas…",
        "*Vitrofusión*: tres encuentros, con materiales.",
        "Quedan 7 lugares.",
    ]
    assert [call.state for call in dialog.calls] == ["done", "done"]


async def test_killing_every_service_under_load_loses_nothing_and_repeats_nothing(play: Play) -> None:
    contacts = [f"549118100{number:04}" for number in range(20)]

    async def write(contact: str) -> None:
        for number in range(3):
            await play.send(contact, f"mensaje {number}", f"y otro {number}", profile_name="Ana")
            await asyncio.sleep(1.2)

    async def kill_in_turn() -> None:
        for service in ("debouncer", "agent", "sender", "ingress", "agent", "sender", "debouncer"):
            await asyncio.sleep(0.7)
            play.stack.kill(service)

    await asyncio.gather(kill_in_turn(), *(write(contact) for contact in contacts))
    await play.stack.wait_ready()
    expected = [text for number in range(3) for text in (f"mensaje {number}", f"y otro {number}")]

    async def at_rest() -> bool:
        dialogs = await play.dialogs("emprendemy")
        return all(
            contact in dialogs
            and dialogs[contact].at_rest
            and len(dialogs[contact].texts_of("contact")) == len(expected)
            for contact in contacts
        )

    await eventually(at_rest, within=120)
    dialogs = await play.dialogs("emprendemy")
    for contact in contacts:
        dialog = dialogs[contact]
        assert sorted(dialog.texts_of("contact")) == sorted(expected)
        assert all(turn.state == "answered" for turn in dialog.turns)
        assert all(message.fate == "turn" for message in dialog.messages if message.author == "contact")
        entries = [e for e in await play.control("GET", f"conversations/{contact}") if e["direction"] == "out"]
        sent = [str(read_callback(entry["callback"])[0]) for entry in entries]
        resent = {str(delivery.id) for delivery in dialog.deliveries if delivery.resends}
        assert set(repeated(sent)) <= resent
        order = [str(delivery.id) for delivery in dialog.deliveries]
        assert [each for each in sent if each not in resent] == [
            each for each in order if each in sent and each not in resent
        ]
    assert await play.dead_letters() == 0
