"""What happens while an agent works: new messages, a person taking over, a model that is away."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from remanso.model.content import Reaction
from remanso.model.turn import TurnState
from services.agent.asking import ContactText, ModelReply, ModelRequest, ModelUnavailable
from tests.support import school
from tests.support.agents import Bench, ScriptedModel, reply, results_in

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
