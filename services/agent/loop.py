"""The life of one turn in one agent: decide from rows, ask the model or run tools, store, again, until it is answered.

Nothing is carried from one round to the next but rows. That is why a turn whose agent was killed goes on in another
one as if nothing had happened.
"""

from enum import StrEnum

from services.agent import commit, credit
from services.agent.asking import ModelRefused, ModelReply, ModelRequest
from services.agent.assignment import Assignment
from services.agent.calls import Calls
from services.agent.prompt import build_prompt
from services.agent.scene import Scene, read_scene
from services.agent.step import Answer, AskModel, Discard, GiveUp, Keep, RunTools, decide, judge
from services.agent.worst_case import WorstCase, worst_case


class Ending(StrEnum):
    ANSWERED = "answered"
    FAILED = "failed"


async def work_through(assignment: Assignment) -> Ending:
    """Works on the turn until it is closed.

    Raises LeaseLost, TakenOver, ModelUnavailable, CreditSpent, CreditInUse or StoreUnavailable; the turn is open then,
    and nothing is half done.
    """
    if assignment.turn.attempt > 1:
        await commit.take_in(assignment)
    while True:
        scene = await _read(assignment)
        decision = decide(
            scene.steps,
            scene.own_calls,
            assignment.client.config.limits,
            out_of_time=assignment.out_of_time,
            next_call=_most(assignment, scene),
        )
        match decision:
            case RunTools(calls):
                await Calls(assignment, scene).run(calls)
            case AskModel():
                if await _take_step(assignment, scene, decision):
                    return Ending.ANSWERED
            case GiveUp(reason):
                await commit.fail(assignment, reason)
                return Ending.FAILED


async def _take_step(assignment: Assignment, scene: Scene, asked: AskModel) -> bool:
    """One model call and what becomes of its reply. True when the turn is answered."""
    reply = await _ask(assignment, scene, asked)
    match judge(reply, asked):
        case Keep(calls):
            await commit.keep(assignment, reply, calls)
        case Discard():
            await commit.discard(assignment, reply)
        case Answer():
            return await commit.answer(
                assignment, reply, may_absorb=not asked.last and not commit.has_written(scene.own_calls)
            )
    return False


async def _ask(assignment: Assignment, scene: Scene, asked: AskModel) -> ModelReply:
    """Asks once, for credit that is reserved before; a prompt that is too long is asked again without history."""
    request = _request(assignment, scene, asked)
    await credit.reserve(assignment, len(scene.steps) + 1, request)
    try:
        return await assignment.model.ask(request)
    except ModelRefused as refusal:
        if refusal.code != "context_length_exceeded":
            raise
    return await assignment.model.ask(_request(assignment, await _read(assignment, history_turns=0), asked))


async def _read(assignment: Assignment, history_turns: int | None = None) -> Scene:
    turns = assignment.client.config.model.history_turns if history_turns is None else history_turns
    async with assignment.store.transaction() as tx:
        return await read_scene(tx, assignment.turn, turns)


def _most(assignment: Assignment, scene: Scene) -> WorstCase:
    """What the next model call can use, whatever will be decided about it."""
    return worst_case(_request(assignment, scene, AskModel(last=False, brief=True)))


def _request(assignment: Assignment, scene: Scene, asked: AskModel) -> ModelRequest:
    turn, client = assignment.turn, assignment.client
    return ModelRequest(
        profile=client.config.model,
        items=build_prompt(client, scene, brief=asked.brief),
        tools=client.tools,
        may_call=not asked.last,
        label=f"{turn.id}/{turn.attempt}/{len(scene.steps) + 1}",
        cache_key=client.name,
    )
