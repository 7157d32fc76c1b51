"""Making room: the history is cut where it has grown too long, and what is cut off is summed up.

Both happen in front of a turn's first step, under its lease and on its credit. The cut is stored before a model is
asked for the words; whatever comes of that, the turn goes on in bounded time, if need be without them.
"""

import asyncio
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from zoneinfo import ZoneInfo

import structlog

from remanso.plugin.behaviour import Limits
from remanso.plugin.model_profile import ModelProfile
from remanso.plugin.registry import Client
from remanso.store.summaries import Summary
from services.agent import commit, credit, metrics
from services.agent.asking import (
    BotText,
    ContactText,
    Instruction,
    ModelRefused,
    ModelReply,
    ModelRequest,
    ModelUnavailable,
    PromptItem,
)
from services.agent.assignment import Assignment
from services.agent.grounding.check import Problem, unsupported
from services.agent.grounding.evidence import read_evidence
from services.agent.history import NOTES, clip
from services.agent.models.window import item_tokens
from services.agent.phrases import PHRASES, Phrases
from services.agent.prompt import earlier_turns, excess, past_turns
from services.agent.scene import Scene, read_past
from services.agent.step import FILTERED
from services.agent.worst_case import worst_case

MOST_TRIES = 3
"""Model calls for the text of one cut, over all turns and attempts."""
MOST_MESSAGES = 400
LONGEST_ITEM = 1_500
"""Characters of one message or result that are summed up."""
STEP = 0
"""A summary's place among the model calls of its turn: before the first."""

log = structlog.get_logger()


class OverLimit(Exception):
    """Not even the newest message can be summed up within the client's limits."""


async def make_room(assignment: Assignment, scene: Scene) -> bool:
    """Whether the history was cut or summed up: then the scene must be read again. Only ever before the first step."""
    client = assignment.client
    if scene.steps or not client.config.model.history_turns:
        return False
    cut = await _cut(assignment, scene)
    wanted = cut or scene.past.cut > scene.past.told
    summed_up = wanted and client.config.summary.enabled and await _sum_up(assignment, scene)
    return cut or summed_up


async def _cut(assignment: Assignment, scene: Scene) -> bool:
    too_many = excess(assignment.client, scene)
    if not too_many:
        return False
    last = past_turns(scene)[too_many - 1][-1]
    async with commit.holding(assignment) as held:
        await held.tx.summaries.cut(held.turn, last.position or 0)
    metrics.CUTS.labels(assignment.client.name).inc()
    return True


async def _sum_up(assignment: Assignment, scene: Scene) -> bool:
    """Asks for the text of the newest cut and stores it. False where there is none, for now or for good."""
    async with commit.holding(assignment) as held:
        summary = await held.tx.summaries.begin(held.turn, MOST_TRIES)
        if summary is None:
            return False
        past = await held.tx.summaries.past(scene.conversation.id)
        source = await read_past(held.tx, scene, past.told, summary.until_position, MOST_MESSAGES)
    try:
        request = summary_request(assignment, source, past.text)
        await credit.reserve(assignment, STEP, request)
        async with asyncio.timeout(request.seconds_left):
            reply = await assignment.model.ask(request)
    except (ModelRefused, ModelUnavailable, TimeoutError, OverLimit, credit.CreditSpent, credit.CreditInUse) as problem:
        await _do_without(assignment, summary, problem)
        return False
    return await _store(assignment, summary, request, reply)


async def _do_without(assignment: Assignment, summary: Summary, problem: Exception) -> None:
    """The history is merely trimmed. What can never be summed up is not tried again."""
    async with commit.holding(assignment) as held:
        if isinstance(problem, ModelRefused):
            await held.tx.summaries.give_up(summary)
        await held.tx.credit.release(held.turn, "no summary")
    log.warning("summary.not_made", problem=type(problem).__name__, tries=summary.tries)
    metrics.SUMMARIES.labels(assignment.client.name, "not_made").inc()


async def _store(assignment: Assignment, summary: Summary, request: ModelRequest, reply: ModelReply) -> bool:
    """The text, its cost and what it leaves of the credit, in one transaction."""
    problems = _made_up(assignment.client, request.items, reply.text)
    made = bool(reply.text) and reply.usage.finish_reason not in FILTERED and not problems
    async with commit.holding(assignment) as held:
        found = [asdict(problem) for problem in problems]
        await held.tx.summaries.finish(summary, held.turn, reply.usage, reply.text, made=made, problems=found)
        charged = await held.tx.credit.settle(held.turn, reply.usage.cost_usd)
    commit.count(assignment, reply, "summary", charged)
    metrics.SUMMARIES.labels(assignment.client.name, "made" if made else "rejected").inc()
    return made


def summary_request(assignment: Assignment, source: Scene, earlier: str | None) -> ModelRequest:
    """What is asked: the newest of `source` that has room, behind the summary of what was before it.

    Raises OverLimit.
    """
    client, turn = assignment.client, assignment.turn
    config, phrases = client.config, PHRASES[client.config.language]
    rules = Instruction(phrases.sum_up.format(words=config.summary.words))
    before = [ContactText(phrases.speakers["summary"].format(earlier))] if earlier else []
    told = [ContactText(clip(text, LONGEST_ITEM, phrases.omission)) for text in _transcript(client, source, phrases)]
    profile = _profile(client)
    fixed: list[PromptItem] = [rules, *before]
    request = ModelRequest(
        profile=profile,
        items=[*fixed, *_newest(told, profile, fixed)],
        tools=(),
        may_call=False,
        label=f"{turn.id}/{turn.attempt}/summary",
        cache_key=f"{client.name}-summary",
        asked_at=source.conversation.now,
        seconds_left=min(config.summary.seconds, assignment.seconds_left),
    )
    return _within_limits(request, len(fixed), config.summary.within(config.limits))


def _within_limits(request: ModelRequest, fixed: int, limits: Limits) -> ModelRequest:
    """Without as many of its oldest messages, behind the `fixed` items, as the limits ask for. Raises OverLimit."""
    told = len(request.items) - fixed

    def without(dropped: int) -> ModelRequest:
        return replace(request, items=[*request.items[:fixed], *request.items[fixed + dropped :]])

    fewest = bisect_left(range(told), True, key=lambda dropped: worst_case(without(dropped)).within(limits))
    if told and fewest == told:
        raise OverLimit
    return without(fewest)


def _profile(client: Client) -> ModelProfile:
    own = client.config.summary.model
    return ModelProfile.model_validate(own.model_dump()) if own else client.config.model


def _transcript(client: Client, source: Scene, phrases: Phrases) -> Iterator[str]:
    """Who said and did what, a text for each; all of it data for whoever sums up."""
    for item in (item for items in earlier_turns(client, source) for item in items):
        if isinstance(item, ContactText):
            yield phrases.speakers["contact"].format(item.text)
        elif isinstance(item, BotText):
            if item.text:
                yield phrases.speakers["bot"].format(item.text)
            yield from (phrases.speakers["call"].format(f"{call.name} {call.arguments}") for call in item.calls)
        elif isinstance(item, Instruction):
            yield item.text
        else:
            yield phrases.speakers["result"].format(item.text)


def _newest(told: Sequence[ContactText], profile: ModelProfile, fixed: Sequence[PromptItem]) -> list[ContactText]:
    """As many of the last as the smallest window of the models leaves room for."""
    room = min(each.context_window - each.max_output_tokens for each in profile.profiles) - NOTES
    room -= sum(map(item_tokens, fixed))
    kept: list[ContactText] = []
    for item in reversed(told):
        room -= item_tokens(item)
        if room < 0:
            break
        kept.insert(0, item)
    return kept


def _made_up(client: Client, items: Sequence[PromptItem], text: str) -> tuple[Problem, ...]:
    """What the text claims and nothing in its source says: later it will be told as something that was said."""
    if not (text and client.config.grounding.enabled):
        return ()
    said = [item for item in items if isinstance(item, ContactText)]
    return unsupported(text, read_evidence(said, ZoneInfo(client.config.timezone), facts=(client.config.title,)))
