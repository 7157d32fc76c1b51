"""What nothing supports is not said: one repair, then the client's safe text and a person; all of it from rows."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel

from remanso.model.turn import TurnState
from remanso.plugin import ToolContext, tool
from remanso.plugin.builtin import builtin_tools
from remanso.plugin.phrases import SAID_BY_DEFAULT
from remanso.store.turns import Turn
from services.agent.asking import CallResult, Instruction, ModelReply, ModelRequest
from services.agent.commit import UNSUPPORTED
from services.agent.results import code_of
from tests.support.agents import Bench, Crash, CrashingStore, ScriptedModel, made_up_client, reply, results_in

INVENTED, TRUE = "Sale $9.999 y arranca el 4 de mayo.", "Sale $5."
LOOK = ("look", '{"query":"sale $5"}')
"""Finds what it is asked for."""


class Details(BaseModel):
    lines: list[str]


def doubts_in(request: ModelRequest) -> str:
    """The note on what a draft had made up; empty where there is none."""
    last = request.items[-1]
    return last.text if isinstance(last, Instruction) and "«" in last.text else ""


def has_looked(request: ModelRequest) -> bool:
    return any(isinstance(item, CallResult) for item in request.items)


def repairs(request: ModelRequest) -> ModelReply:
    """Makes a price up; told so, it looks and says what is true."""
    if not doubts_in(request):
        return reply(INVENTED)
    return reply(TRUE) if has_looked(request) else reply("", LOOK)


def never_learns(request: ModelRequest) -> ModelReply:
    return reply(INVENTED)


async def drafts(bench: Bench, turn: Turn) -> list[tuple[str, list[str]]]:
    """(outcome, texts of the unsupported claims) of each step."""
    async with bench.store.transaction() as tx:
        steps = await tx.steps.of_turn(turn.id)
    return [(step.outcome, [problem["text"] for problem in step.problems]) for step in steps]


async def test_an_invented_answer_is_repaired_once_with_tools_and_never_sent(bench: Bench) -> None:
    turn = await bench.turn("¿cuánto sale?")
    model = ScriptedModel(repairs)
    await bench.desk(model).take(turn.id)
    assert await bench.texts(turn) == [TRUE]
    assert await bench.log(turn) == [("contact", "¿cuánto sale?"), ("bot", ""), ("bot", TRUE)]
    rejected = ["$9.999", "4 de mayo"]
    assert await drafts(bench, turn) == [("discarded", rejected), ("kept", []), ("kept", [])]
    assert [bool(doubts_in(asked)) for asked in model.asked] == [False, True, True]
    assert "«$9.999»; «4 de mayo»" in doubts_in(model.asked[1])
    assert model.asked[1].may_call
    assert not any(INVENTED in getattr(item, "text", "") for asked in model.asked for item in asked.items)


async def test_a_second_invention_ends_in_the_safe_text_and_a_person(bench: Bench) -> None:
    turn = await bench.turn("¿cuánto sale?")
    model = ScriptedModel(never_learns)
    await bench.desk(model).take(turn.id)
    await assert_withheld(bench, turn, SAID_BY_DEFAULT["es"]["unsure"])
    assert len(model.asked) == 2


async def test_the_client_may_word_the_safe_text(bench: Bench) -> None:
    texts = {"fallback": "f", "failed": "x", "feedback": "b", "unsure": "Lo averiguo."}
    bench = replace(bench, client=made_up_client(bench.runs, texts={"es": texts}))
    turn = await bench.turn("¿cuánto sale?")
    await bench.desk(ScriptedModel(never_learns)).take(turn.id)
    await assert_withheld(bench, turn, "Lo averiguo.")


async def test_without_a_step_left_to_repair_the_safe_text_comes_at_once(bench: Bench) -> None:
    bench = replace(bench, client=made_up_client(bench.runs, limits={"steps": 1}))
    turn = await bench.turn("¿cuánto sale?")
    await bench.desk(ScriptedModel(never_learns)).take(turn.id)
    assert await bench.texts(turn) == [SAID_BY_DEFAULT["es"]["unsure"]]


async def test_a_text_beside_calls_is_checked_and_the_calls_of_a_rejected_step_are_not_run(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        if has_looked(request):
            return reply("Listo.")
        return reply("" if doubts_in(request) else "Te cobro $7.", ("note", '{"name":"Ana"}'))

    turn = await bench.turn("soy Ana")
    await bench.desk(ScriptedModel(reply_to)).take(turn.id)
    assert await drafts(bench, turn) == [("discarded", ["$7"]), ("kept", []), ("kept", [])]
    assert len(bench.runs.of("note")) == 1


async def test_a_client_may_do_without_the_check_or_add_facts(bench: Bench) -> None:
    for grounding in ({"enabled": False}, {"facts": ["Todo sale $9.999. Arrancamos el 4 de mayo."]}):
        free = replace(bench, client=made_up_client(bench.runs, grounding=grounding))
        turn = await free.turn("¿cuánto sale?")
        await free.desk(ScriptedModel(never_learns)).take(turn.id)
        assert await free.texts(turn) == [INVENTED]


async def crash_and_resume(
    bench: Bench, says: Callable[[ModelRequest], ModelReply], border: int, *, before: bool
) -> Turn | None:
    """One agent dies at a border, another finishes. None when there was no such border to die at."""
    turn = await bench.turn("¿cuánto sale?")
    model = ScriptedModel(says)
    try:
        await bench.desk(model, store=CrashingStore(bench.store, border, before=before)).take(turn.id)
        return None
    except Crash:
        await bench.expire(turn)
    await bench.desk(model).take(turn.id)
    stored = len(await bench.outcomes(turn))
    assert stored <= len(model.asked) <= stored + 1, "at most the answer that was not stored is asked for again"
    return turn


@pytest.mark.parametrize("before", [True, False], ids=["before the commit", "after the commit"])
async def test_a_crash_between_repairs_pays_nothing_and_says_nothing_twice(bench: Bench, before: bool) -> None:
    border = 0
    while turn := await crash_and_resume(bench, repairs, border := border + 1, before=before):
        assert await bench.outcomes(turn) == ["discarded", "kept", "kept"]
        assert await bench.texts(turn) == [TRUE]
    assert border > 6
    border = 0
    while turn := await crash_and_resume(bench, never_learns, border := border + 1, before=before):
        await assert_withheld(bench, turn, SAID_BY_DEFAULT["es"]["unsure"])
    assert border > 4


async def assert_withheld(bench: Bench, turn: Turn, text: str) -> None:
    ended = await bench.now(turn)
    async with bench.store.transaction() as tx:
        conversation = await tx.conversations.get(turn.conversation_id)
    assert conversation is not None
    assert (ended.state, ended.reason) == (TurnState.ANSWERED, UNSUPPORTED)
    assert (conversation.mode, conversation.handoff_reason) == ("human", UNSUPPORTED)
    assert await bench.texts(turn) == [text]
    assert await bench.outcomes(turn) == ["discarded", "discarded"]
    assert await bench.log(turn) == [("contact", "¿cuánto sale?")]


LIST = {"text": "¿Cuál?", "label": "Ver", "rows": [{"title": "Torta", "description": "Sale $9.999"}]}
INVENTING = [
    ("send_buttons", {"text": INVENTED, "buttons": ["Sí", "No"]}),
    ("send_buttons", {"text": "¿Cuál?", "buttons": ["Por $9.999", "No"]}),
    ("send_list", LIST),
    ("request_location", {"text": INVENTED}),
    ("send_photo", {"caption": INVENTED, "details": {"lines": ["Sale $9.999"]}}),
]


def sending(bench: Bench) -> Bench:
    """The school with the built-in tools and one of its own that sends a picture."""

    @tool(effect="read")
    async def send_photo(ctx: ToolContext, caption: str, details: Details) -> str:
        """Sends a photo.

        Args:
            caption: what stands below it.
            details: more of it.
        """
        await bench.runs.note("send_photo", ctx)
        await ctx.send_media("image", link="https://cdn.example/a.jpg", caption=f"{caption} Código 4242.")
        return "sent"

    client = made_up_client(bench.runs, tools={"builtin": ["send_buttons", "send_list", "request_location"]})
    return replace(bench, client=replace(client, tools=(*client.tools, *builtin_tools(client.config), send_photo)))


@pytest.mark.parametrize(("name", "arguments"), INVENTING)
async def test_what_a_tool_would_send_in_invented_words_is_not_sent_and_repaired_once(
    bench: Bench, name: str, arguments: dict[str, Any]
) -> None:
    bench, made_up = sending(bench), json.dumps(arguments)

    def reply_to(request: ModelRequest) -> ModelReply:
        told = results_in(request)
        return reply("Listo.") if len(told) == 2 else reply("", (name, made_up))

    turn = await bench.turn("¿cuál hay?")
    model = ScriptedModel(reply_to)
    await bench.desk(model).take(turn.id)
    results = [call.result or "" for call in await bench.calls(turn)]
    assert [code_of(result) for result in results] == ["not_grounded"] * 2
    assert "9.999" not in str(results), "what a tool says is evidence"
    assert await bench.texts(turn) == ["Listo."]
    assert [asked.may_call for asked in model.asked] == [True, True, False], "one repair"


async def test_what_a_tool_sends_in_words_that_were_found_goes_out(bench: Bench) -> None:
    bench = sending(bench)

    def reply_to(request: ModelRequest) -> ModelReply:
        told = results_in(request)
        if not told:
            return reply("", ("look", '{"query":"sale $9.999 y arranca el 4 de mayo"}'))
        calls = [(name, json.dumps(arguments)) for name, arguments in INVENTING]
        return reply("", *calls) if len(told) == 1 else reply("Listo.")

    turn = await bench.turn("¿cuál hay?")
    await bench.desk(ScriptedModel(reply_to)).take(turn.id)
    kinds = [delivery.payload["type"] for delivery in await bench.sent(turn)]
    assert kinds == ["buttons", "buttons", "list", "location_request", "image", "text"]
