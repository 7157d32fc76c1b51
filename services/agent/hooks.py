"""Calling a client's hooks: each within its time, and none of them breaks a turn."""

from typing import Any, Literal

import structlog

from remanso.errors import Forgotten, LeaseLost, RemansoError, TakenOver, Unavailable
from remanso.model.message import Author
from remanso.plugin.context import TurnContext
from remanso.plugin.hooks import Answer, FeedbackContext, HandoffContext, MessageContext, StepContext, StepDoneContext
from remanso.store import Transaction
from remanso.store.feedback import Question
from services.agent import metrics
from services.agent.asking import ModelReply
from services.agent.assignment import Assignment
from services.agent.commit import handed_off_for
from services.agent.contexts import of_scene, of_turn
from services.agent.guest import within
from services.agent.scene import Scene

Hook = Literal["on_message", "before_step", "after_step", "on_handoff", "on_feedback"]

log = structlog.get_logger()


async def own_answer(assignment: Assignment, scene: Scene) -> tuple[str, ...]:
    """What `on_message` answers to the burst, as long as the model was not asked; nothing where it leaves it to it.

    It is asked again by whoever resumes the turn, and with all of it when the burst has grown.
    """
    if scene.steps or assignment.client.hooks.on_message is None:
        return ()
    said = [message for message in scene.log if message.turn_id == scene.turn.id and message.author == Author.CONTACT]
    ctx = MessageContext(**of_scene(assignment, scene), messages=tuple(message.contact_content for message in said))
    answer: Answer | None = await _call(assignment, "on_message", ctx, Answer)
    return answer.texts if answer else ()


async def instruction(assignment: Assignment, scene: Scene) -> str | None:
    """What `before_step` wants the model to be told in the next call."""
    if assignment.client.hooks.before_step is None:
        return None
    ctx = StepContext(**of_scene(assignment, scene), number=len(scene.steps) + 1)
    told: str | None = await _call(assignment, "before_step", ctx, str)
    return told


async def look_at_step(assignment: Assignment, scene: Scene, reply: ModelReply, *, kept: bool) -> None:
    """Shows `after_step` what was just stored."""
    if assignment.client.hooks.after_step is None:
        return
    calls = tuple(call.name for call in reply.calls)
    base, number = of_scene(assignment, scene), len(scene.steps) + 1
    await _show(
        assignment, "after_step", StepDoneContext(**base, number=number, text=reply.text, calls=calls, kept=kept)
    )


async def look_at_handoff(assignment: Assignment) -> None:
    """Shows `on_handoff` that a person was asked for, where the turn ended so."""
    if assignment.client.hooks.on_handoff is None:
        return
    try:
        async with assignment.store.transaction() as tx:
            turn = await tx.turns.get(assignment.turn.id)
            base = await _of_ended(tx, assignment)
    except Forgotten:
        return
    if turn is not None and (reason := handed_off_for(turn)):
        await _show(assignment, "on_handoff", HandoffContext(**base, reason=reason))


async def look_at_feedback(assignment: Assignment, question: Question) -> None:
    """Shows `on_feedback` what the contact said about a turn that ended some time ago."""
    try:
        async with assignment.store.transaction() as tx:
            base = await _of_ended(tx, assignment)
    except Forgotten:
        return
    ctx = FeedbackContext(**base, answer="yes" if question.answer == "yes" else "no", reason=question.reason)
    await _show(assignment, "on_feedback", ctx)


async def _of_ended(tx: Transaction, assignment: Assignment) -> dict[str, Any]:
    """The fields of the context of a turn that is over."""
    conversation = await tx.conversations.get(assignment.turn.conversation_id)
    contact = await tx.contacts.get(conversation.contact_id) if conversation else None
    if conversation is None or contact is None:
        raise Forgotten(f"turn {assignment.turn.id} has no conversation or contact")
    return of_turn(assignment, conversation, contact)


async def _show(assignment: Assignment, name: Hook, ctx: TurnContext) -> None:
    """A hook that only looks on: what it wants to write down may come too late, and that is its own trouble."""
    try:
        await _call(assignment, name, ctx, type(None))
    except RemansoError as problem:
        log.warning("hook.failed", hook=name, error=type(problem).__name__)


async def _call(assignment: Assignment, name: Hook, ctx: TurnContext, kind: type[Any]) -> Any:
    """What the hook gives, or None where it fails, is late or gives something else.

    Raises LeaseLost, TakenOver or Unavailable, as its context does when the turn is not ours to go on with.
    """
    client = assignment.client
    with metrics.HOOK_SECONDS.labels(client.name, name).time():
        returned, outcome = await _outcome(assignment, name, ctx, kind)
    metrics.HOOKS.labels(client.name, name, outcome).inc()
    return returned


async def _outcome(assignment: Assignment, name: Hook, ctx: TurnContext, kind: type[Any]) -> tuple[Any, str]:
    hooks = assignment.client.hooks
    try:
        returned = await within(hooks.timeout, getattr(hooks, name)(ctx))
        if returned is not None and not isinstance(returned, kind):
            raise TypeError(f"{type(returned).__name__} instead of {kind.__name__}")
    except TimeoutError:
        log.warning("hook.late", hook=name, seconds=hooks.timeout)
        return None, "timeout"
    except (LeaseLost, TakenOver, Unavailable):
        raise
    except Exception as problem:  # a client's code may fail in any way
        log.warning("hook.failed", hook=name, error=type(problem).__name__)
        return None, "failed"
    return returned, "passed" if returned is None else "spoke"
