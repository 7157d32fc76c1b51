"""A turn comes to its end: by a refusal of the model, by a budget that runs out, by an answer that is none."""

import json
from dataclasses import replace
from uuid import UUID

from remanso.model.turn import TurnState
from services.agent.asking import ContactText, ModelRefused, ModelReply, ModelRequest
from tests.support import school
from tests.support.agents import Bench, ScriptedModel, made_up_client, reply, results_in


def repeat(request: ModelRequest) -> ModelReply:
    """Answers with how many lines it was shown."""
    bursts = [item.text for item in request.items if isinstance(item, ContactText)]
    return reply(f"Leí: {bursts[-1]}")


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
        return repeat(request)

    sender = school.person()
    await bench.desk(ScriptedModel(repeat)).take((await bench.turn("antes", sender=sender)).id)
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


async def assert_failed(bench: Bench, turn_id: UUID, reason: str) -> None:
    async with bench.store.transaction() as tx:
        turn = await tx.turns.get(turn_id)
        assert turn is not None
        conversation = await tx.conversations.get(turn.conversation_id)
    assert conversation is not None
    assert (turn.state, turn.reason) == (TurnState.FAILED, reason)
    assert (conversation.mode, conversation.handoff_reason) == ("human", reason)
    assert await bench.texts(turn) == ["No pude."]
