"""What hooks may do in a turn, and what becomes of it when the agent dies, people go on writing or a person comes."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from remanso.model.content import Choice
from remanso.model.turn import TurnState
from remanso.plugin import (
    Answer,
    Collection,
    FeedbackContext,
    HandoffContext,
    Hooks,
    Item,
    MessageContext,
    StepContext,
    StepDoneContext,
    ToolContext,
    tool,
)
from services.agent.asking import ContactText, Instruction, ModelReply, ModelRequest
from services.agent.opinions import Opinions
from tests.support import school
from tests.support.agents import Bench, Crash, CrashingStore, ScriptedModel, reply, results_in


def with_hooks(bench: Bench, **hooks: Any) -> Bench:
    return replace(bench, client=replace(bench.client, hooks=Hooks(**hooks)))


def forbidden() -> ScriptedModel:
    """A model that must not be asked."""

    def refuse(request: ModelRequest) -> ModelReply:
        raise AssertionError("the model was asked")

    return ScriptedModel(refuse)


def menu(seen: list[MessageContext]) -> Callable[[MessageContext], Any]:
    async def on_message(ctx: MessageContext) -> Answer | None:
        seen.append(ctx)
        return Answer("Hola, elegí:", f"1 o 2? ({ctx.text})")

    return on_message


async def test_on_message_answers_without_the_model(bench: Bench) -> None:
    seen: list[MessageContext] = []
    bench = with_hooks(bench, on_message=menu(seen))
    turn = await bench.turn("hola", Choice(choice_id="2", title="Precios"))
    await bench.desk(forbidden()).take(turn.id)
    assert (await bench.now(turn)).state == TurnState.ANSWERED
    assert await bench.texts(turn) == ["Hola, elegí:", "1 o 2? (hola\nPrecios)"]
    assert [author for author, _ in await bench.log(turn)] == ["contact", "contact", "bot", "bot"]
    assert await bench.outcomes(turn) == []
    (ctx,) = seen
    assert ctx.messages[1] == Choice(choice_id="2", title="Precios")
    assert str(ctx.now.tzinfo) == bench.client.config.timezone


async def test_the_model_reads_later_what_a_hook_answered(bench: Bench) -> None:
    sender, model = school.person(), ScriptedModel(lambda request: reply("Sí."))
    first = await bench.turn("menú", sender=sender)
    await with_hooks(bench, on_message=menu([])).desk(model).take(first.id)
    await bench.desk(model).take((await bench.turn("y hoy?", sender=sender)).id)
    said = [item.text for item in model.asked[0].items if not isinstance(item, Instruction)]
    assert said == ["menú", "Hola, elegí:", "1 o 2? (menú)", "y hoy?"]


async def test_a_hook_may_learn_something_and_leave_the_answer_to_the_model(bench: Bench) -> None:
    async def on_message(ctx: MessageContext) -> None:
        await ctx.save_contact(campaign="verano")

    model = ScriptedModel(lambda request: reply("Hola."))
    turn = await bench.turn("hola")
    await with_hooks(bench, on_message=on_message).desk(model).take(turn.id)
    (asked,) = model.asked
    note = [item.text for item in asked.items if isinstance(item, Instruction)][-1]
    assert '"campaign": "verano"' in note


async def test_whoever_goes_on_writing_is_answered_to_all_of_it(bench: Bench) -> None:
    sender, seen = school.person(), list[str]()

    async def on_message(ctx: MessageContext) -> Answer:
        if not seen:
            await bench.arrives(sender, "y precios")
        seen.append(ctx.text)
        return Answer(f"Leí: {ctx.text}")

    turn = await bench.turn("hola", sender=sender)
    await with_hooks(bench, on_message=on_message).desk(forbidden()).take(turn.id)
    assert seen == ["hola", "hola\ny precios"]
    assert await bench.texts(turn) == ["Leí: hola\ny precios"]


@pytest.mark.parametrize("before", [True, False], ids=["before the commit", "after the commit"])
async def test_an_answer_of_a_hook_survives_a_crash_at_every_border(bench: Bench, before: bool) -> None:
    border, died, bench = 1, True, with_hooks(bench, on_message=menu([]))
    while died:
        turn = await bench.turn("hola")
        dying = CrashingStore(bench.store, border, before=before)
        died = False
        try:
            await bench.desk(forbidden(), store=dying).take(turn.id)
        except Crash:
            died = True
            await bench.expire(turn)
            await bench.desk(forbidden()).take(turn.id)
        assert await bench.texts(turn) == ["Hola, elegí:", "1 o 2? (hola)"]
        assert len(await bench.log(turn)) == 3
        border += 1
    assert border > 4


async def test_a_person_who_takes_over_has_the_word(bench: Bench) -> None:
    turn = await bench.turn("hola")

    async def on_message(ctx: MessageContext) -> Answer:
        await bench.take_over(turn)
        return Answer("Hola.")

    await with_hooks(bench, on_message=on_message).desk(forbidden()).take(turn.id)
    assert (await bench.now(turn)).state == TurnState.CANCELLED
    assert await bench.texts(turn) == []


async def test_before_step_instructs_the_model_and_after_step_looks_on(bench: Bench) -> None:
    done: list[StepDoneContext] = []

    async def before_step(ctx: StepContext) -> str | None:
        return "Recordá la promoción." if ctx.number == 2 else None

    async def after_step(ctx: StepDoneContext) -> None:
        done.append(ctx)

    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("Listo.") if results_in(request) else reply("Busco.", ("look", '{"query":"a"}'))

    model = ScriptedModel(reply_to)
    turn = await bench.turn("a?")
    await with_hooks(bench, before_step=before_step, after_step=after_step).desk(model).take(turn.id)
    told = [[item.text for item in asked.items if isinstance(item, Instruction)] for asked in model.asked]
    assert ["Recordá la promoción." in texts for texts in told] == [False, True]
    assert isinstance(model.asked[1].items[3], ContactText), "it stands before the burst, after the note"
    assert [(ctx.number, ctx.text, ctx.calls, ctx.kept) for ctx in done] == [
        (1, "Busco.", ("look",), True),
        (2, "Listo.", (), True),
    ]


@pytest.mark.parametrize("asked", [True, False], ids=["by a tool", "because the turn failed"])
async def test_on_handoff_is_told_why(bench: Bench, asked: bool) -> None:
    reasons: list[str] = []

    async def on_handoff(ctx: HandoffContext) -> None:
        reasons.append(ctx.reason)
        await ctx.save_contact(handed_off=True)  # too late: the turn is over. It must not make the turn look lost

    def reply_to(request: ModelRequest) -> ModelReply:
        if not asked:
            return reply("", finish_reason="content_filter")
        return reply("Ya viene.") if results_in(request) else reply("", ("ask_person", '{"reason":"reclamo"}'))

    turn = await bench.turn("quiero quejarme")
    await with_hooks(bench, on_handoff=on_handoff).desk(ScriptedModel(reply_to)).take(turn.id)
    assert reasons == ["reclamo" if asked else "model: content_filter"]
    assert (await bench.now(turn)).state == (TurnState.ANSWERED if asked else TurnState.FAILED)


async def test_on_handoff_is_told_why_although_a_person_is_there_already(bench: Bench) -> None:
    """They took over behind the commit that asked for them: the hook before this one stands in for the moment."""
    reasons: list[str] = []

    async def after_step(ctx: StepDoneContext) -> None:
        if not ctx.calls:
            await bench.take_over(turn)

    async def on_handoff(ctx: HandoffContext) -> None:
        reasons.append(ctx.reason)

    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("Ya viene.") if results_in(request) else reply("", ("ask_person", '{"reason":"reclamo"}'))

    turn = await bench.turn("quiero quejarme")
    hooked = with_hooks(bench, after_step=after_step, on_handoff=on_handoff)
    await hooked.desk(ScriptedModel(reply_to)).take(turn.id)
    assert reasons == ["reclamo"]


async def test_on_feedback_is_shown_each_answer_once(bench: Bench) -> None:
    shown: list[tuple[str, str | None, UUID]] = []

    async def on_feedback(ctx: FeedbackContext) -> None:
        shown.append((ctx.answer, ctx.reason, ctx.turn_id))
        raise RuntimeError("whatever it does")

    bench = with_hooks(bench, on_feedback=on_feedback)
    desk = bench.desk(ScriptedModel(lambda request: reply("Hola.")))
    questions = {}
    for words in ("sí", "no", "no sé"):
        turn = await bench.turn(words)
        await desk.take(turn.id)
        (question, *_), questions[words] = await bench.sent(turn), turn
        async with bench.store.transaction() as tx:
            conversation = await tx.conversations.lock(turn.conversation_id)
            await tx.feedback.ask(turn.id, conversation, turn.id, question.id)
            if words != "no sé":
                await tx.feedback.answer(turn.id, "yes" if words == "sí" else "no")
            if words == "no":
                await tx.feedback.want_reason(turn.id, question.id, timedelta(hours=1))
    yes, no = questions["sí"], questions["no"]
    sweeps = [Opinions(desk).sweep() for _ in range(3)]
    await asyncio.gather(*sweeps)
    assert shown == [("yes", None, yes.id)], "the other one may still tell why"
    async with bench.store.transaction() as tx:
        await tx.feedback.give_reason(no.id, "tardaron")
    await Opinions(desk).sweep()
    await Opinions(desk).sweep()
    assert shown == [("yes", None, yes.id), ("no", "tardaron", no.id)]


class Course(Item):
    slug: str
    price: int


async def test_a_saved_item_counts_from_the_next_turn_on(bench: Bench) -> None:
    @tool(effect="read")
    async def prices(ctx: ToolContext) -> dict[str, int]:
        """Gives all prices."""
        return {course.slug: course.price for course in await ctx.collection(Course).all()}

    def reply_to(request: ModelRequest) -> ModelReply:
        found = results_in(request)
        return reply(found[-1]) if found else reply("", ("prices", "{}"))

    courses = Collection(Course, name="courses", key="slug", title="slug")
    bench = replace(bench, client=replace(bench.client, tools=(prices,), collections=(courses,)))
    for price in (10, 12):
        async with bench.store.transaction() as tx:
            await tx.collections.save("school", "courses", "pan", {"slug": "pan", "price": price}, author="ana")
        turn = await bench.turn("cuánto?")
        await bench.desk(ScriptedModel(reply_to)).take(turn.id)
        assert await bench.texts(turn) == [f'{{"pan":{price}}}']
