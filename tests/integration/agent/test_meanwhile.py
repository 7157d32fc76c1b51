"""What happens while an agent works: new messages, a person taking over, a model that fails, budgets that run out."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import pytest

from remanso.model.content import Reaction
from remanso.model.turn import TurnState
from services.agent.asking import ContactText, ModelRefused, ModelReply, ModelRequest, ModelUnavailable
from tests.support import school
from tests.support.agents import Bench, ScriptedModel, made_up_client, reply, results_in

Interruption = Callable[[], Awaitable[None]]


class InterruptedModel(ScriptedModel):
    """Something happens while each of the first questions is being answered."""

    def __init__(self, reply_to: Callable[[ModelRequest], ModelReply], *interruptions: Interruption) -> None:
        super().__init__(reply_to)
        self._interruptions = list(interruptions)

    async def ask(self, request: ModelRequest) -> ModelReply:
        given = await super().ask(request)
        if self._interruptions:
            await self._interruptions.pop(0)()
        return given


def echo(request: ModelRequest) -> ModelReply:
    """Answers with how many lines it was shown."""
    bursts = [item.text for item in request.items if isinstance(item, ContactText)]
    return reply(f"Leí: {bursts[-1]}")


async def test_messages_that_came_meanwhile_are_absorbed_and_the_model_is_asked_again(bench: Bench) -> None:
    sender = school.person()
    turn = await bench.turn("uno", sender=sender)
    model = InterruptedModel(echo, lambda: bench.arrives(sender, "dos"))
    await bench.desk(model).take(turn.id)
    assert await bench.texts(turn) == ["Leí: uno\ndos"]
    assert await bench.outcomes(turn) == ["discarded", "kept"]
    assert await bench.log(turn) == [("contact", "uno"), ("contact", "dos"), ("bot", "Leí: uno\ndos")]


async def test_a_turn_absorbs_twice_and_then_answers(bench: Bench) -> None:
    sender = school.person()
    turn = await bench.turn("uno", sender=sender)
    more = [lambda words=words: bench.arrives(sender, words) for words in ("dos", "tres", "cuatro")]
    await bench.desk(InterruptedModel(echo, *more)).take(turn.id)
    assert await bench.texts(turn) == ["Leí: uno\ndos\ntres"]
    assert (await bench.now(turn)).absorptions == 2
    assert (await bench.log(turn))[-1] == ("contact", "cuatro"), "it waits for the next turn"


async def test_a_reaction_alone_is_not_absorbed(bench: Bench) -> None:
    sender = school.person()
    turn = await bench.turn("uno", sender=sender)
    reaction = Reaction(target="wamid.gone", emoji="👍")
    await bench.desk(InterruptedModel(echo, lambda: bench.arrives(sender, reaction))).take(turn.id)
    assert await bench.outcomes(turn) == ["kept"]


async def test_nothing_is_absorbed_after_a_write_tool(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("Cobrado.") if results_in(request) else reply("", ("pay", '{"amount":5}'))

    async def nothing() -> None:
        """The question that asks for the tool is not interrupted."""

    sender = school.person()
    turn = await bench.turn("cobrame", sender=sender)
    await bench.desk(InterruptedModel(reply_to, nothing, lambda: bench.arrives(sender, "no, esperá"))).take(turn.id)
    assert await bench.texts(turn) == ["Cobrado."]
    assert (await bench.now(turn)).absorptions == 0


async def test_nothing_is_absorbed_after_a_write_tool_by_the_agent_that_goes_on(bench: Bench) -> None:
    """What came while the turn waited again is left to the next turn: the first agent has written."""

    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("Cobrado.") if results_in(request) else reply("", ("pay", '{"amount":5}'))

    def down_after_paying(request: ModelRequest) -> ModelReply:
        if results_in(request):
            raise ModelUnavailable("connection")
        return reply_to(request)

    sender = school.person()
    turn = await bench.turn("cobrame", sender=sender)
    await bench.desk(ScriptedModel(down_after_paying)).take(turn.id)
    await bench.arrives(sender, "no, esperá")
    await bench.expire(turn)
    await bench.desk(ScriptedModel(reply_to)).take(turn.id)
    assert await bench.texts(turn) == ["Cobrado."]
    assert (await bench.now(turn)).absorptions == 0
    assert (await bench.log(turn))[-1] == ("contact", "no, esperá")


async def test_messages_between_calls_and_results_never_slip_between_them(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("Listo.") if results_in(request) else reply("Busco.", ("look", '{"query":"a"}'))

    sender = school.person()
    turn = await bench.turn("a?", sender=sender)
    more = [lambda words=words: bench.arrives(sender, words) for words in ("y b?", "y c?")]
    model = InterruptedModel(reply_to, *more)
    await bench.desk(model).take(turn.id)
    kinds = [type(item).__name__ for item in model.asked[-1].items]
    assert kinds[-4:] == ["ContactText", "BotText", "CallResult", "ContactText"]
    assert await bench.texts(turn) == ["Busco.", "Listo."]


async def test_a_take_over_ends_the_turn_without_a_word(bench: Bench) -> None:
    turn = await bench.turn("hola")
    await bench.desk(InterruptedModel(echo, lambda: bench.take_over(turn))).take(turn.id)
    assert await bench.texts(turn) == []
    assert (await bench.now(turn)).state == TurnState.CANCELLED


@pytest.mark.parametrize(
    "given", [reply("Busco.", ("look", '{"query":"a"}')), reply(""), reply("no puedo", finish_reason="refusal")]
)
async def test_whatever_the_model_says_nothing_of_it_is_stored_after_a_take_over(
    bench: Bench, given: ModelReply
) -> None:
    """Text beside calls, nothing at all, a refusal: each is stored by a commit of its own, and each looks first."""
    turn = await bench.turn("hola")
    await bench.desk(InterruptedModel(lambda _: given, lambda: bench.take_over(turn))).take(turn.id)
    assert (await bench.texts(turn), await bench.outcomes(turn), await bench.calls(turn)) == ([], [], [])
    assert (await bench.now(turn)).state == TurnState.CANCELLED


async def test_no_tool_starts_after_a_take_over(bench: Bench) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("", ("note", '{"name":"Ana"}'), ("pay", '{"amount":5}'))

    turn = await bench.turn("cobrame")
    bench.runs.gate.clear()

    async def person_steps_in() -> None:
        await bench.runs.begun.wait()
        await bench.take_over(turn)
        bench.runs.gate.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(person_steps_in())
        group.create_task(bench.desk(ScriptedModel(reply_to)).take(turn.id))
    assert bench.runs.of("pay") == []
    assert (await bench.now(turn)).state == TurnState.CANCELLED


async def test_while_the_model_is_down_the_turn_waits_and_then_is_answered(bench: Bench) -> None:
    class DownTwice(ScriptedModel):
        async def ask(self, request: ModelRequest) -> ModelReply:
            given = await super().ask(request)
            if len(self.asked) <= 2:
                raise ModelUnavailable("server_error")
            return given

    model = DownTwice(echo)
    turn = await bench.turn("hola")
    for failures in (1, 2):
        await bench.desk(model).take(turn.id)
        waiting = await bench.now(turn)
        assert (waiting.state, waiting.failures, waiting.reason) == (TurnState.OPEN, failures, "server_error")
        await bench.desk(model).take(turn.id)
        assert len(model.asked) == failures, "it is not taken before its time"
        await bench.expire(turn)
    await bench.desk(model).take(turn.id)
    assert await bench.texts(turn) == ["Leí: hola"]


async def test_what_came_while_the_turn_waited_is_answered_with_it_at_once(bench: Bench) -> None:
    def down(request: ModelRequest) -> ModelReply:
        raise ModelUnavailable("connection")

    sender, model = school.person(), ScriptedModel(echo)
    turn = await bench.turn("uno", sender=sender)
    await bench.desk(ScriptedModel(down)).take(turn.id)
    await bench.arrives(sender, "dos", "tres")
    await bench.expire(turn)
    await bench.desk(model).take(turn.id)
    assert await bench.texts(turn) == ["Leí: uno\ndos\ntres"]
    assert len(model.asked) == 1


async def test_an_answer_ends_the_clients_outage(bench: Bench) -> None:
    async with bench.store.transaction() as tx:
        begun = await tx.outages.open(bench.client.name, "down")
    await bench.desk(ScriptedModel(echo)).take((await bench.turn("hola")).id)
    async with bench.store.transaction() as tx:
        assert await tx.outages.open(bench.client.name, "down") != begun


async def test_a_refused_question_ends_in_the_clients_words_and_a_person(bench: Bench) -> None:
    def refuse(request: ModelRequest) -> ModelReply:
        raise ModelRefused("invalid_value")

    turn = await bench.turn("hola")
    await bench.desk(ScriptedModel(refuse)).take(turn.id)
    await assert_failed(bench, turn.id, "model refused: invalid_value")


async def test_a_prompt_that_is_too_long_is_asked_again_without_history(bench: Bench) -> None:
    def picky(request: ModelRequest) -> ModelReply:
        if sum(isinstance(item, ContactText) for item in request.items) > 1:
            raise ModelRefused("context_length_exceeded")
        return echo(request)

    sender = school.person()
    await bench.desk(ScriptedModel(echo)).take((await bench.turn("antes", sender=sender)).id)
    turn = await bench.turn("ahora", sender=sender)
    await bench.desk(ScriptedModel(picky)).take(turn.id)
    assert (await bench.texts(turn))[-1] == "Leí: ahora"


async def test_the_last_allowed_step_must_answer(bench: Bench) -> None:
    bench = replace(bench, client=made_up_client(bench.runs, limits={"steps": 2}))

    def greedy(request: ModelRequest) -> ModelReply:
        if request.may_call:
            return reply("", ("look", json.dumps({"query": str(len(results_in(request)))})))
        return reply("Con lo que sé: nada.")

    turn = await bench.turn("hola")
    await bench.desk(ScriptedModel(greedy)).take(turn.id)
    assert await bench.texts(turn) == ["Con lo que sé: nada."]


async def test_a_model_that_never_answers_is_given_up(bench: Bench) -> None:
    bench = replace(bench, client=made_up_client(bench.runs, limits={"steps": 3}))
    turn = await bench.turn("hola")
    await bench.desk(ScriptedModel(lambda request: reply(""))).take(turn.id)
    assert await bench.outcomes(turn) == ["discarded"] * 3
    await assert_failed(bench, turn.id, "limit: steps")


async def test_a_filtered_answer_is_given_up_at_once(bench: Bench) -> None:
    turn = await bench.turn("hola")
    model = ScriptedModel(lambda request: reply("no puedo", finish_reason="refusal"))
    await bench.desk(model).take(turn.id)
    assert len(model.asked) == 1
    await assert_failed(bench, turn.id, "model: refusal")


async def test_an_answer_that_was_cut_off_is_asked_for_again_more_briefly(bench: Bench) -> None:
    def talkative(request: ModelRequest) -> ModelReply:
        told = "más breve" in "\n".join(getattr(item, "text", "") for item in request.items)
        return reply("Corto.") if told else reply("Larguísimo y", finish_reason="length")

    turn = await bench.turn("contame todo")
    await bench.desk(ScriptedModel(talkative)).take(turn.id)
    assert await bench.texts(turn) == ["Corto."]
    assert await bench.outcomes(turn) == ["discarded", "kept"]


async def test_more_calls_than_allowed_are_not_run(bench: Bench) -> None:
    bench = replace(bench, client=made_up_client(bench.runs, limits={"calls": 2}))

    def greedy(request: ModelRequest) -> ModelReply:
        if results_in(request):
            assert not request.may_call
            return reply("Bueno.")
        return reply("", *(("look", json.dumps({"query": str(number)})) for number in range(4)))

    turn = await bench.turn("todo")
    model = ScriptedModel(greedy)
    await bench.desk(model).take(turn.id)
    assert len(bench.runs.of("look")) == 2
    codes = [json.loads(told).get("error", {}).get("code") for told in results_in(model.asked[-1])]
    assert codes == [None, None, "limit", "limit"]


async def test_the_seconds_of_a_turn_run_out(bench: Bench) -> None:
    bench = replace(bench, client=made_up_client(bench.runs, limits={"seconds": 0.000001}))
    model = ScriptedModel(lambda request: reply("Ya.", ("look", '{"query":"a"}')))
    turn = await bench.turn("hola")
    await bench.desk(model).take(turn.id)
    assert not model.asked[0].may_call
    assert bench.runs.of("look") == []
    assert await bench.texts(turn) == ["Ya."]


CALLS = [
    ("look", "{broken", "bad_arguments"),
    ("look", '{"query":7}', "bad_arguments"),
    ("look", '{"query":"a","extra":1}', "bad_arguments"),
    ("imagined", "{}", "unknown_tool"),
    ("hang", "{}", "timeout"),
    ("hang_writing", "{}", "timeout"),
    ("explode", "{}", "failed"),
]


@pytest.mark.parametrize(("name", "arguments", "code"), CALLS)
async def test_what_goes_wrong_with_a_call_becomes_its_result(
    bench: Bench, name: str, arguments: str, code: str
) -> None:
    def reply_to(request: ModelRequest) -> ModelReply:
        return reply("Perdón.") if results_in(request) else reply("", (name, arguments))

    turn = await bench.turn("hola")
    model = ScriptedModel(reply_to)
    await bench.desk(model).take(turn.id)
    (told,) = results_in(model.asked[-1])
    assert json.loads(told)["error"]["code"] == code
    assert "secret detail" not in told
    assert await bench.texts(turn) == ["Perdón."]
    assert (await bench.calls(turn))[0].arguments == arguments


async def test_a_write_tool_out_of_time_is_unknown(bench: Bench) -> None:
    turn = await bench.turn("hola")
    model = ScriptedModel(lambda request: reply("Mmm.") if results_in(request) else reply("", ("hang_writing", "{}")))
    await bench.desk(model).take(turn.id)
    assert [call.state for call in await bench.calls(turn)] == ["unknown"]


async def test_a_result_too_long_is_cut_with_a_note(bench: Bench) -> None:
    turn = await bench.turn("hola")
    model = ScriptedModel(lambda request: reply("Uf.") if results_in(request) else reply("", ("flood", "{}")))
    await bench.desk(model).take(turn.id)
    (told,) = results_in(model.asked[-1])
    assert len(told.encode()) <= 6_000
    assert json.loads(told)["cut"] is True


async def test_the_same_call_again_gets_the_stored_result(bench: Bench) -> None:
    def stubborn(request: ModelRequest) -> ModelReply:
        done = len(results_in(request))
        return reply("Listo.") if done == 2 else reply("", ("pay", '{ "amount": 5 }' if done else '{"amount":5}'))

    turn = await bench.turn("cobrame")
    model = ScriptedModel(stubborn)
    await bench.desk(model).take(turn.id)
    assert len(bench.runs.of("pay")) == 1
    assert json.loads(results_in(model.asked[-1])[1])["result"] == {"ok": True, "paid": 5}


async def assert_failed(bench: Bench, turn_id: UUID, reason: str) -> None:
    async with bench.store.transaction() as tx:
        turn = await tx.turns.get(turn_id)
        assert turn is not None
        conversation = await tx.conversations.get(turn.conversation_id)
    assert conversation is not None
    assert (turn.state, turn.reason) == (TurnState.FAILED, reason)
    assert (conversation.mode, conversation.handoff_reason) == ("human", reason)
    assert await bench.texts(turn) == ["No pude."]
