"""What tools send: once, whole, in order, and known to the model from then on."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from remanso.model.content import Choice
from remanso.model.turn import TurnState
from remanso.plugin import Button, CtaUrl, Row, Tool, ToolContext, Verbatim, tool
from remanso.plugin.builtin import builtin_tools
from services.agent.asking import ContactText, ModelReply, ModelRequest
from tests.support import school
from tests.support.agents import Bench, Crash, CrashingStore, ScriptedModel, made_up_client, reply, results_in

BUTTONS = ["Sí", "No"]


def sending_tools(bench: Bench, gate: asyncio.Event) -> tuple[Tool, ...]:
    @tool(effect="read")
    async def offer(ctx: ToolContext) -> str:
        """Offers one of everything."""
        await bench.runs.note("offer", ctx)
        await ctx.send_buttons("¿Seguimos?", [Button(id="yes", title="Sí"), "No"], footer="Escuela")
        await ctx.send_list("¿Cuál?", "Ver", ["Café", Row(id="t", title="Torta", description="De chocolate")])
        await ctx.send_media("document", link="https://cdn.example/a.pdf", caption="El plan", filename="plan.pdf")
        await ctx.request_location("¿Dónde estás?")
        await ctx.send(CtaUrl(text="Inscribite", label="Abrir", url="https://school.example/x"))
        return "offered"

    @tool(effect="read")
    async def slow_words(ctx: ToolContext) -> Verbatim:
        """Describes slowly."""
        await gate.wait()
        return Verbatim("Primero.", note="sent")

    @tool(effect="read")
    async def quick_words(ctx: ToolContext) -> Verbatim:
        """Describes at once, and lets the slow one end."""
        gate.set()
        return Verbatim("Segundo.", note="sent")

    @tool(effect="read")
    async def too_long(ctx: ToolContext, then_fail: bool) -> str:
        """Offers what WhatsApp does not take.

        Args:
            then_fail: whether to fail after a good one.
        """
        await ctx.send_buttons("¿Seguimos?", BUTTONS)
        if then_fail:
            raise RuntimeError("secret detail")
        await ctx.send_buttons("¿Seguimos?", ["x" * 21])
        return "offered"

    @tool(effect="read")
    async def chatter(ctx: ToolContext) -> str:
        """Sends without end."""
        for number in range(100):
            await ctx.send_buttons(f"¿{number}?", BUTTONS)
        return "offered"

    return (offer, slow_words, quick_words, too_long, chatter)


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """The school, with tools that send."""
    client = bench.client
    return replace(bench, client=replace(client, tools=(*client.tools, *sending_tools(bench, asyncio.Event()))))


async def payloads(bench: Bench, turn: Any) -> list[dict[str, Any]]:
    return [delivery.payload for delivery in await bench.sent(turn)]


def once(*calls: tuple[str, str], words: str = "", end: str = "Listo.") -> ScriptedModel:
    """Asks for these calls in one step, then ends."""
    return ScriptedModel(lambda request: reply(end) if results_in(request) else reply(words, *calls))


async def test_every_kind_goes_out_behind_the_announcement_and_before_the_answer(bench: Bench) -> None:
    turn = await bench.turn("¿y ahora?")
    model = once(("offer", "{}"), words="Mirá.")
    await bench.desk(model).take(turn.id)
    sent = await payloads(bench, turn)
    kinds = ["text", "buttons", "list", "document", "location_request", "cta_url", "text"]
    assert [payload["type"] for payload in sent] == kinds
    assert (sent[0]["text"], sent[-1]["text"]) == ("Mirá.", "Listo.")
    assert sent[1]["buttons"] == [{"id": "yes", "title": "Sí"}, {"id": "No", "title": "No"}]
    assert [row["title"] for section in sent[2]["sections"] for row in section["rows"]] == ["Café", "Torta"]
    assert [author for author, _ in await bench.log(turn)] == ["contact", *["bot"] * 7]
    positions = [delivery.position for delivery in await bench.sent(turn)]
    assert positions == sorted(positions)


async def test_the_model_knows_what_was_offered_and_what_a_tap_answers(bench: Bench) -> None:
    sender = school.person()
    first = await bench.turn("¿y ahora?", sender=sender)
    await bench.desk(model := once(("offer", "{}"))).take(first.id)
    (told,) = results_in(model.asked[1])
    assert told.splitlines() == [
        "offered",
        "[Se le mandó a la persona «¿Seguimos?» con los botones: Sí; No]",
        "[Se le mandó a la persona «¿Cuál?» con una lista para elegir: Café; Torta]",
        "[Se le mandó a la persona: Documento, archivo «plan.pdf», con el texto «El plan»]",
        "[Se le mandó a la persona: «¿Dónde estás?»]",
        "[Se le mandó a la persona: «Inscribite», «Abrir» → https://school.example/x]",
    ]
    second = await bench.turn(Choice(choice_id="yes", title="Sí"), sender=sender)
    model = ScriptedModel(lambda request: reply("Seguimos."))
    await bench.desk(model).take(second.id)
    items = model.asked[0].items
    assert [item.text for item in items if isinstance(item, ContactText)] == ["¿y ahora?", "Sí"]
    assert any("con los botones: Sí; No" in item.text for item in items)


async def sent_once_after_a_crash(bench: Bench, border: int, *, before: bool) -> bool:
    """One agent dies at a border, another finishes. False when there was no such border."""
    turn = await bench.turn("¿y ahora?")

    def model() -> ScriptedModel:
        return once(("offer", "{}"), ("describe", "{}"), words="Mirá.")

    try:
        await bench.desk(model(), store=CrashingStore(bench.store, border, before=before)).take(turn.id)
        return False
    except Crash:
        await bench.expire(turn)
    await bench.desk(model()).take(turn.id)
    assert (await bench.now(turn)).state == TurnState.ANSWERED
    kinds = ["text", "buttons", "list", "document", "location_request", "cta_url", "text", "text"]
    sent = await payloads(bench, turn)
    assert [payload["type"] for payload in sent] == kinds
    assert [payload["text"] for payload in sent[-2:]] == ["Ocho semanas, en vivo.", "Listo."]
    assert len(await bench.log(turn)) == 1 + 1 + 5 + 1
    return True


@pytest.mark.parametrize("before", [True, False], ids=["before the commit", "after the commit"])
async def test_a_crash_at_any_border_sends_nothing_twice(bench: Bench, before: bool) -> None:
    border = 1
    while await sent_once_after_a_crash(bench, border, before=before):
        border += 1
    assert border > 8, "the turn has many borders"


async def test_two_verbatims_go_out_in_the_order_of_the_calls(bench: Bench) -> None:
    """The second is ready first; both run side by side, else the first would never end."""
    turn = await bench.turn("contame de los dos")
    await bench.desk(once(("slow_words", "{}"), ("quick_words", "{}"), words="Van.")).take(turn.id)
    assert await bench.texts(turn) == ["Van.", "Primero.", "Segundo.", "Listo."]


async def test_two_verbatims_keep_their_order_when_the_agent_dies_between_them(bench: Bench) -> None:
    calls = ("describe", "{}"), ("recite", "{}")
    for border in range(4, 10):
        turn = await bench.turn("contame")
        dying = CrashingStore(bench.store, border, before=True)
        try:
            await bench.desk(once(*calls), store=dying).take(turn.id)
        except Crash:
            await bench.expire(turn)
            await bench.desk(once(*calls)).take(turn.id)
        first, *recited, end = await bench.texts(turn)
        assert (first, len(recited), end) == ("Ocho semanas, en vivo.", 2, "Listo.")


async def test_texts_of_three_steps_and_what_their_tools_send_arrive_in_order(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        match len(results_in(request)):
            case 0:
                return reply("Uno.", ("describe", "{}"))
            case 1:
                return reply("Dos.\n\n" + "x" * 4096, ("look", '{"query":"a"}'), ("quick_words", "{}"))
            case _:
                return reply("Tres.")

    turn = await bench.turn("contame")
    await bench.desk(ScriptedModel(reply_to)).take(turn.id)
    assert await bench.texts(turn) == ["Uno.", "Ocho semanas, en vivo.", "Dos.", "x" * 4096, "Segundo.", "Tres."]


async def test_the_same_call_twice_in_one_step_sends_once(bench: Bench) -> None:
    turn = await bench.turn("contame")
    model = once(("describe", "{}"), ("describe", ""))
    await bench.desk(model).take(turn.id)
    assert await bench.texts(turn) == ["Ocho semanas, en vivo.", "Listo."]
    assert len(bench.runs.of("describe")) == 1
    assert "same call" in json.loads(results_in(model.asked[1])[1])["note"]


async def test_the_third_time_ends_the_loop(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("", ("look", '{"query":"a"}')) if request.may_call else reply("Me repito.")

    turn = await bench.turn("contame")
    model = ScriptedModel(reply_to)
    await bench.desk(model).take(turn.id)
    assert [request.may_call for request in model.asked] == [True, True, True, False]
    assert len(bench.runs.of("look")) == 1
    assert await bench.texts(turn) == ["Me repito."]


async def test_a_tool_that_keeps_failing_is_not_run_a_fourth_time(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        arguments = json.dumps({"then_fail": True, "n": len(results_in(request))})
        return reply("", ("look", arguments)) if request.may_call else reply("No puedo.")

    turn = await bench.turn("contame")
    await bench.desk(model := ScriptedModel(reply_to)).take(turn.id)
    codes = [json.loads(result)["error"]["code"] for result in results_in(model.asked[-1])]
    assert codes == ["bad_arguments"] * 3 + ["too_many_failures"]
    assert await bench.texts(turn) == ["No puedo."]


@pytest.mark.parametrize(("fails", "code"), [("true", "failed"), ("false", "bad_arguments")])
async def test_a_call_that_fails_sends_nothing(bench: Bench, fails: str, code: str) -> None:
    turn = await bench.turn("hola")
    await bench.desk(model := once(("too_long", f'{{"then_fail":{fails}}}'))).take(turn.id)
    (result,) = results_in(model.asked[1])
    error = json.loads(result)["error"]
    assert error["code"] == code
    assert ("at most 20 characters" in error["message"]) is (code == "bad_arguments")
    assert "secret" not in result
    assert await bench.texts(turn) == ["Listo."]


async def test_one_call_sends_no_flood(bench: Bench) -> None:
    turn = await bench.turn("hola")
    await bench.desk(model := once(("chatter", "{}"))).take(turn.id)
    assert "at most 10 messages" in results_in(model.asked[1])[0]
    assert await bench.texts(turn) == ["Listo."]


async def test_after_buttons_the_model_may_be_silent(bench: Bench) -> None:
    turn = await bench.turn("hola")
    await bench.desk(model := once(("offer", "{}"), end="")).take(turn.id)
    assert (await bench.now(turn)).state == TurnState.ANSWERED
    assert [payload["type"] for payload in await payloads(bench, turn)][-1] == "cta_url"
    assert len(model.asked) == 2


async def test_who_writes_after_the_buttons_gets_an_answer(bench: Bench) -> None:
    sender = school.person()
    turn = await bench.turn("hola", sender=sender)

    class Interrupted(ScriptedModel):
        async def ask(self, request: ModelRequest) -> ModelReply:
            if len(self.asked) == 1:
                await bench.arrives(sender, "¿y en inglés?")
            return await super().ask(request)

    replies = [reply("", ("offer", "{}")), reply("Elegí."), reply(""), reply("También.")]
    await bench.desk(model := Interrupted(lambda request: replies.pop(0))).take(turn.id)
    assert len(model.asked) == 4
    assert (await bench.log(turn))[-2:] == [("contact", "¿y en inglés?"), ("bot", "También.")]


async def test_nothing_of_a_call_goes_out_once_a_person_has_taken_over(bench: Bench) -> None:
    turn = await bench.turn("hola")
    bench.runs.gate.clear()
    working = asyncio.create_task(bench.desk(once(("offer", "{}"))).take(turn.id))
    await bench.runs.begun.wait()
    await bench.take_over(turn)
    bench.runs.gate.set()
    await working
    assert await payloads(bench, turn) == []
    assert (await bench.now(turn)).state == TurnState.CANCELLED


@pytest.mark.parametrize("language", ["es", "en"])
async def test_the_built_in_tools_work_as_the_model_is_told(bench: Bench, language: str) -> None:
    names = ["save_contact", "handoff", "send_buttons", "send_list", "request_location"]
    client = made_up_client(bench.runs, language=language, tools={"builtin": names})
    bench = replace(bench, client=replace(client, tools=builtin_tools(client.config)))
    rows = [{"title": "Torta", "description": "De chocolate"}, {"title": "Pan", "description": None}]
    asked = [
        ("save_contact", {"name": "Ana", "email": None, "city": "Salta", "interest": "tortas", "note": None}),
        ("send_buttons", {"text": "¿Seguimos?", "buttons": BUTTONS}),
        ("send_list", {"text": "¿Cuál?", "label": "Ver", "rows": rows}),
        ("request_location", {"text": "¿Dónde?"}),
        ("handoff", {"reason": "quiere pagar"}),
    ]
    turn = await bench.turn("hola")
    model = once(*((name, json.dumps(arguments)) for name, arguments in asked))
    await bench.desk(model).take(turn.id)
    assert [json.loads(result.splitlines()[0])["ok"] for result in results_in(model.asked[1])] == [True] * 5
    assert [payload["type"] for payload in await payloads(bench, turn)] == [
        "buttons",
        "list",
        "location_request",
        "text",
    ]
    async with bench.store.transaction() as tx:
        conversation = await tx.conversations.get(turn.conversation_id)
        assert conversation is not None
        contact = await tx.contacts.get(conversation.contact_id)
    assert (conversation.mode, conversation.handoff_reason) == ("human", "quiere pagar")
    assert contact is not None
    assert (contact.name, contact.facts) == ("Ana", {"city": "Salta", "interest": "tortas"})
