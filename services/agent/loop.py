"""The life of one turn in one agent: decide from rows, ask the model or run tools, store, again, until it is answered.

Nothing is carried from one round to the next but rows. That is why a turn whose agent was killed goes on in another
one as if nothing had happened.
"""

from enum import StrEnum

from services.agent import commit, credit, metrics, traced
from services.agent.asking import ModelRefused, ModelReply, ModelRequest
from services.agent.assignment import Assignment
from services.agent.calls import Calls
from services.agent.gestures import gesture_for
from services.agent.hooks import instruction, look_at_step, own_answer
from services.agent.media.opening import open_media
from services.agent.models.window import estimated_tokens
from services.agent.prompt import build_prompt
from services.agent.scene import Scene, read_scene
from services.agent.step import Answer, AskModel, Discard, GiveUp, Keep, Reject, RunTools, Withhold, decide, judge
from services.agent.summary import make_room
from services.agent.vetting import vet
from services.agent.worst_case import NOTHING, WorstCase, worst_case


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
            case AskModel() if texts := await own_answer(assignment, scene):
                assignment.answering.set()
                if await commit.say(assignment, texts):
                    return Ending.ANSWERED
            case AskModel() if (gesture := gesture_for(assignment.client.config, scene)) is not None:
                assignment.answering.set()
                if await commit.answer_with(assignment, gesture):
                    return Ending.ANSWERED
            case AskModel():
                if await _take_step(assignment, scene, decision):
                    return Ending.ANSWERED
            case Withhold():
                assignment.answering.set()
                await commit.withhold(assignment)
                return Ending.ANSWERED
            case GiveUp(reason):
                assignment.answering.set()
                await commit.fail(assignment, reason)
                return Ending.FAILED


async def _take_step(assignment: Assignment, scene: Scene, asked: AskModel) -> bool:
    """One model call and what becomes of its reply. True when the turn is answered."""
    if await make_room(assignment, scene):
        scene = await _read(assignment)
    if await open_media(assignment, scene):
        scene = await _read(assignment)
    added = await instruction(assignment, scene)
    if assignment.client.hooks.may_write:
        scene = await _read(assignment)
    reply = await _ask(assignment, scene, asked, added)
    with traced.step(assignment.turn, len(scene.steps) + 1) as span:
        answered, kept = await _store(assignment, scene, asked, reply, added)
        span.set({"remanso.outcome": "answered" if answered else "kept" if kept else "discarded"})
    await look_at_step(assignment, scene, reply, kept=kept)
    return answered


async def _store(
    assignment: Assignment, scene: Scene, asked: AskModel, reply: ModelReply, added: str | None
) -> tuple[bool, bool]:
    """Judges a reply and stores it as what it is. (whether the turn is answered, whether the reply was kept)"""
    match judge(reply, asked, vet(assignment.client, scene, reply.text, added), has_sent=scene.has_sent):
        case Keep(calls):
            await commit.keep(assignment, reply, calls)
            return False, True
        case Discard():
            await commit.discard(assignment, reply)
        case Reject(problems):
            await commit.reject(assignment, reply, problems)
        case Answer():
            assignment.answering.set()
            may_absorb = not asked.last and not commit.has_written(scene.own_calls)
            answered = await commit.answer(assignment, reply, may_absorb=may_absorb)
            return answered, answered
    return False, False


async def _ask(assignment: Assignment, scene: Scene, asked: AskModel, added: str | None) -> ModelReply:
    """Asks once, for credit that is reserved before.

    A prompt that is too long is asked again without anything said before, any other with pictures without them.
    """
    request = _request(assignment, scene, asked, added)
    await credit.reserve(assignment, len(scene.steps) + 1, request)
    try:
        return await _estimated(assignment, request)
    except ModelRefused as refusal:
        too_long = refusal.code == "context_length_exceeded"
        if not too_long and not scene.pictures:
            raise
    shorter = await _read(assignment, pictures=0)
    return await _estimated(assignment, _request(assignment, shorter, asked, added, alone=too_long))


async def _estimated(assignment: Assignment, request: ModelRequest) -> ModelReply:
    """One answer; what its prompt was thought to have in tokens is counted beside what it had."""
    reply = await assignment.model.ask(request)
    metrics.ESTIMATED.labels(assignment.client.name, reply.usage.model).inc(estimated_tokens(request))
    return reply


async def _read(assignment: Assignment, pictures: int | None = None) -> Scene:
    config = assignment.client.config
    most = config.media.images if config.model.vision else 0
    async with assignment.store.transaction() as tx:
        return await read_scene(tx, assignment.turn, config.model.history_turns, most if pictures is None else pictures)


def _most(assignment: Assignment, scene: Scene) -> WorstCase:
    """What the next model call can use, whatever will be decided about it; only limits want to know."""
    limits = assignment.client.config.limits
    if limits.tokens is None and limits.dollars is None:
        return NOTHING
    return worst_case(_request(assignment, scene, AskModel(last=False, brief=True), None))


def _request(
    assignment: Assignment, scene: Scene, asked: AskModel, added: str | None, *, alone: bool = False
) -> ModelRequest:
    turn, client = assignment.turn, assignment.client
    return ModelRequest(
        profile=client.config.model,
        items=build_prompt(client, scene, brief=asked.brief, added=added, doubted=asked.doubted, alone=alone),
        tools=client.tools,
        may_call=not asked.last,
        label=f"{turn.id}/{turn.attempt}/{len(scene.steps) + 1}",
        cache_key=client.name,
        asked_at=scene.conversation.now,
        seconds_left=assignment.seconds_left,
    )
