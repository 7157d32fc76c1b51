"""What is stored when a step is over, each in one transaction.

The order of locks is the same everywhere: contact, conversation, turn, and last, right before the end of the
transaction, the credit of contact and client. Nothing is stored unless the turn's fencing
token is still ours and no person has taken the conversation over since the turn was sealed.
"""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from remanso.events import ConversationChanged, DeliveryReady
from remanso.model.credit import Charge
from remanso.model.delivery import DeliveryKind
from remanso.model.outgoing import Outgoing, Reaction, Text
from remanso.model.turn import CallState, Effect, TurnState
from remanso.plugin.config import TextName
from remanso.store import Transaction
from remanso.store.conversations import Conversation
from remanso.store.steps import RequestedCall, ToolCall
from remanso.store.turns import Turn, check_epoch
from services.agent import metrics, traced
from services.agent.asking import Call, ModelReply
from services.agent.assignment import Assignment
from services.agent.gestures import Gesture, Ignore, React, Say
from services.agent.grounding.check import Problem
from services.agent.models.pairing import fresh
from services.agent.parts import split_text
from services.agent.results import storable

MOST_ABSORPTIONS = 2
UNSUPPORTED = "grounding: unsupported answer"

log = structlog.get_logger()


def has_written(calls: Iterable[ToolCall]) -> bool:
    """Whether a write tool among these has run, or may have: from then on nothing new is taken into the turn."""
    return any(call.effect == Effect.WRITE and call.state != CallState.PENDING for call in calls)


@dataclass(frozen=True)
class Held:
    """The rows a commit may change, locked."""

    tx: Transaction
    conversation: Conversation
    turn: Turn


@asynccontextmanager
async def holding(assignment: Assignment) -> AsyncIterator[Held]:
    """A transaction that holds conversation and turn. Raises LeaseLost or TakenOver, and then stores nothing."""
    async with assignment.store.transaction() as tx:
        conversation = await tx.conversations.lock(assignment.turn.conversation_id)
        turn = await tx.turns.hold(assignment.turn)
        check_epoch(turn, conversation)
        yield Held(tx, conversation, turn)


async def take_in(assignment: Assignment) -> None:
    """Messages that came while the turn waited for an agent belong to it: taken now, they cost no discarded answer."""
    async with holding(assignment) as held:
        calls = await held.tx.steps.calls_of([held.turn.id])
        if not has_written(calls) and await _asked_more(held):
            await _absorb(held)


async def keep(assignment: Assignment, reply: ModelReply, calls: Sequence[Call]) -> None:
    """The reply becomes part of the conversation, its text is queued for the contact, its calls wait to be run."""
    async with holding(assignment) as held:
        step_id = await _speak(held, reply)
        taken = (call.call_id for call in await held.tx.steps.calls_of([held.turn.id]))
        requested = [_requested(assignment, call) for call in distinct(calls, taken)]
        await held.tx.steps.add_calls(held.turn, step_id, requested)
        charged = await held.tx.credit.settle(held.turn, reply.usage.cost_usd)
    count(assignment, reply, "kept", charged)
    await _announce(assignment, "step", spoke=bool(reply.text))


async def answer(assignment: Assignment, reply: ModelReply, *, may_absorb: bool) -> bool:
    """The reply becomes the turn's answer and ends it. False if it was put aside for messages that came meanwhile."""
    async with holding(assignment) as held:
        if may_absorb and await _asked_more(held):
            await _absorb(held)
            await _put_aside(held, reply)
            absorbed = True
        else:
            await _speak(held, reply)
            await _end(assignment, held)
            absorbed = False
        charged = await held.tx.credit.settle(held.turn, reply.usage.cost_usd)
    count(assignment, reply, "discarded" if absorbed else "kept", charged)
    if absorbed:
        metrics.ABSORPTIONS.labels(assignment.client.name).inc()
    await _announce(assignment, "turn", spoke=not absorbed)
    return not absorbed


async def say(assignment: Assignment, texts: Sequence[str], reaction: Reaction | None = None) -> bool:
    """Words of the client's own end the turn, without a step. False if messages that came meanwhile were taken in."""
    async with holding(assignment) as held:
        absorbed = await _asked_more(held)
        if absorbed:
            await _absorb(held)
        else:
            for text in texts:
                await _utter(held, text)
            await queue(held, [reaction] if reaction else [])
            await _end(assignment, held)
    await _announce(assignment, "turn", spoke=not absorbed and bool(texts or reaction))
    return not absorbed


async def answer_with(assignment: Assignment, gesture: Gesture) -> bool:
    """The client's own answer to a burst of emoji ends the turn. False if messages came meanwhile and were taken in."""
    match gesture:
        case Say(text):
            answered = await say(assignment, [text])
        case React(emoji, wamid):
            answered = await say(assignment, [], Reaction(target=wamid, emoji=emoji))
        case Ignore():
            answered = await say(assignment, [])
    if answered:
        metrics.GESTURES.labels(assignment.client.name, type(gesture).__name__.lower()).inc()
    return answered


async def discard(assignment: Assignment, reply: ModelReply) -> None:
    """A reply that is no part of the conversation: paid for, kept as a draft for operators."""
    async with holding(assignment) as held:
        await _put_aside(held, reply)
        charged = await held.tx.credit.settle(held.turn, reply.usage.cost_usd)
    count(assignment, reply, "discarded", charged)


async def reject(assignment: Assignment, reply: ModelReply, problems: Sequence[Problem]) -> None:
    """A reply that says what nothing supports: a draft for operators, with what was wrong about it."""
    async with holding(assignment) as held:
        await _put_aside(held, reply, problems)
        charged = await held.tx.credit.settle(held.turn, reply.usage.cost_usd)
    count(assignment, reply, "discarded", charged)
    metrics.count_problems(assignment.client.name, problems)


async def withhold(assignment: Assignment) -> None:
    """Instead of an answer that cannot be supported: the client's safe text, and a person."""
    await _leave_to_a_person(assignment, "unsure", TurnState.ANSWERED, UNSUPPORTED)
    metrics.SAFE_TEXTS.labels(assignment.client.name).inc()


async def fail(assignment: Assignment, reason: str) -> None:
    """No answer can come: the contact is told so in the client's words, and a person is asked for."""
    await _leave_to_a_person(assignment, "failed", TurnState.FAILED, reason)


async def end_without_credit(assignment: Assignment, exhaustion: UUID) -> None:
    """The credit is spent: the contact is told so in the client's words, once in this exhaustion, and the turn ends."""
    async with holding(assignment) as held:
        told = await held.tx.credit.tell(held.conversation.id, exhaustion)
        if told:
            await _say(assignment, held, "no_credit")
        await held.tx.turns.close(held.turn, TurnState.ANSWERED, "no_credit")
        if held.turn.handoff_reason is not None:
            await _hand_off(assignment, held, held.turn.handoff_reason)
        await held.tx.credit.release_all(held.turn, "no credit")
    await _announce(assignment, "turn", spoke=told)


async def cancel(assignment: Assignment) -> None:
    """A person has taken over: the turn ends without an answer. Raises LeaseLost when somebody else ended it."""
    async with assignment.store.transaction() as tx:
        await tx.conversations.lock(assignment.turn.conversation_id)
        turn = await tx.turns.hold(assignment.turn)
        await tx.turns.close(turn, TurnState.CANCELLED, "taken over")
        await tx.credit.release_all(turn, "taken over")
    await _announce(assignment, "turn", spoke=False)


def handed_off_for(turn: Turn) -> str | None:
    """Why a closed turn has asked for a person; None where it has not.

    Its own row tells: the conversation's forgets it with the first person who takes over.
    """
    if turn.state == TurnState.FAILED or turn.reason == UNSUPPORTED:
        return turn.reason
    return turn.handoff_reason if turn.state == TurnState.ANSWERED else None


async def queue_text(held: Held, text: str, message_id: UUID | None = None) -> None:
    """Queues a text for the contact, in as many parts as it takes."""
    await queue(held, [Text(text=part) for part in split_text(storable(text))], message_id)


async def queue(held: Held, parts: Sequence[Outgoing], message_id: UUID | None = None) -> None:
    """Queues what goes to the contact, behind everything queued before."""
    if parts:
        await held.tx.deliveries.add(
            held.conversation.id,
            await held.tx.conversations.take_delivery_positions(held.conversation.id, len(parts)),
            [part.payload() for part in parts],
            kind=DeliveryKind.ANSWER,
            epoch=held.turn.epoch,
            turn_id=held.turn.id,
            message_id=message_id,
        )


def distinct(calls: Iterable[Call], taken: Iterable[str]) -> list[Call]:
    """The calls under ids that are new in their turn. Models repeat ids, or leave them out."""
    used, renamed = set(taken), []
    for call in calls:
        call_id = fresh(call.call_id, used)
        used.add(call_id)
        renamed.append(Call(call_id, call.name, call.arguments))
    return renamed


def _requested(assignment: Assignment, call: Call) -> RequestedCall:
    tool = assignment.tools.get(call.name)
    return RequestedCall(call.call_id, call.name, call.arguments, tool.effect if tool else Effect.READ)


async def _speak(held: Held, reply: ModelReply) -> UUID:
    """Stores a step with what the bot said in it, and queues the text."""
    step_id = await held.tx.steps.add(held.turn, reply.usage, kept=True, reasoning=reply.reasoning)
    await _utter(held, reply.text, step_id)
    await held.tx.outages.end(held.turn.client)
    return step_id


async def _utter(held: Held, text: str, step_id: UUID | None = None) -> None:
    tx, conversation, turn = held.tx, held.conversation, held.turn
    position = await tx.conversations.take_positions(conversation.id, 1)
    message_id = await tx.messages.add_bot(
        conversation.id, conversation.channel, position, turn_id=turn.id, step_id=step_id, text=text
    )
    await queue_text(held, text, message_id)


async def _put_aside(held: Held, reply: ModelReply, problems: Sequence[Problem] = ()) -> None:
    found = [asdict(problem) for problem in problems]
    await held.tx.steps.add(held.turn, reply.usage, kept=False, draft=reply.text, problems=found)
    await held.tx.outages.end(held.turn.client)


async def _absorb(held: Held) -> None:
    traced.absorbed(held.turn, await held.tx.bursts.absorb(held.turn))


async def _asked_more(held: Held) -> bool:
    if held.turn.absorptions >= MOST_ABSORPTIONS:
        return False
    return await held.tx.bursts.asking_meanwhile(held.conversation.id)


async def _end(assignment: Assignment, held: Held) -> None:
    await held.tx.turns.close(held.turn, TurnState.ANSWERED)
    feedback = assignment.client.config.feedback.after_minutes
    if held.turn.handoff_reason is not None:
        await _hand_off(assignment, held, held.turn.handoff_reason)
    elif feedback > 0:
        await held.tx.conversations.ask_feedback_in(held.conversation.id, timedelta(minutes=feedback))


async def _leave_to_a_person(assignment: Assignment, text: TextName, state: TurnState, reason: str) -> None:
    """Ends the turn with a text of the client's."""
    async with holding(assignment) as held:
        await _say(assignment, held, text)
        await held.tx.turns.close(held.turn, state, reason)
        await _hand_off(assignment, held, reason)
        await held.tx.credit.release_all(held.turn, "no answer")
    await _announce(assignment, "turn", spoke=True)


async def _say(assignment: Assignment, held: Held, name: TextName) -> None:
    """Queues a text of the client's own, in the contact's language."""
    contact = await held.tx.contacts.get(held.conversation.contact_id)
    await queue_text(held, assignment.client.config.text(name, contact.language if contact else None))


async def _hand_off(assignment: Assignment, held: Held, reason: str) -> None:
    hold = timedelta(minutes=assignment.client.config.takeover.minutes)
    await held.tx.takeovers.hand_off(held.conversation.id, reason, hold)


def count(assignment: Assignment, reply: ModelReply, outcome: str, charged: Charge | None) -> None:
    """What a stored model call adds to the metrics."""
    metrics.count_step(assignment.client.name, reply, outcome)
    count_charge(assignment, reply.usage.model, charged)


def count_charge(assignment: Assignment, model: str, charged: Charge | None) -> None:
    """What was paid adds to the metrics; what was not reserved for is an operator's to look at."""
    client = assignment.client.name
    if charged is not None:
        metrics.CREDIT_SETTLED.labels(client, model).inc(float(charged.settled))
    if charged is not None and charged.excess:
        metrics.CREDIT_EXCESS.labels(client, model).inc(float(charged.excess))
        log.error("credit.excess", model=model, settled=float(charged.settled), excess=float(charged.excess))


async def _announce(assignment: Assignment, what: str, *, spoke: bool) -> None:
    conversation_id = assignment.turn.conversation_id
    changed = ConversationChanged(conversation_id=conversation_id, what=what)
    if spoke:
        await assignment.announce(DeliveryReady(conversation_id=conversation_id), changed)
    else:
        await assignment.announce(changed)
