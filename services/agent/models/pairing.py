"""Calls and results, as every server wants them: each call answered once, directly behind the message that made it.

`services.agent.prompt` builds histories that way already. Whatever else a row, a repeated id or a later kind of item
brings in is mended here, before each request, always in the same way; nothing is invented but the missing result.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from dataclasses import replace

from services.agent.asking import BotText, Call, CallResult, PromptItem
from services.agent.results import failure

LONGEST_ID = 40  # characters; Chat Completions takes no longer one back
INTERRUPTED = failure("interrupted", "The call was interrupted and has no result.")


def paired(items: Sequence[PromptItem]) -> list[PromptItem]:
    """The items with every call and its result side by side, under ids that are used once.

    Results without a call are dropped, as are messages of the bot that say nothing; what stood between a call and its
    result comes behind it. Mended items stay as they are.
    """
    mended: list[PromptItem] = []
    used: set[str] = set()
    for place, item in enumerate(items):
        if isinstance(item, CallResult):
            continue
        if not isinstance(item, BotText):
            mended.append(item)
        elif item.text or item.calls:
            calls = tuple(_renamed(item.calls, used))
            mended.append(replace(item, calls=calls))
            mended.extend(_results(item.calls, calls, items[place + 1 :]))
    return mended


def _renamed(calls: Iterable[Call], used: set[str]) -> Iterable[Call]:
    for call in calls:
        call_id = fresh(call.call_id, used)
        used.add(call_id)
        yield replace(call, call_id=call_id)


def _results(asked: Sequence[Call], renamed: Sequence[Call], behind: Sequence[PromptItem]) -> Iterable[CallResult]:
    """A result for each call: the first ones behind it under its old id, before another message takes that id."""
    waiting = _answers({call.call_id for call in asked}, behind)
    for call, new in zip(asked, renamed, strict=True):
        found = waiting[call.call_id]
        yield CallResult(new.call_id, found.popleft().text if found else INTERRUPTED)


def _answers(ids: set[str], behind: Sequence[PromptItem]) -> dict[str, deque[CallResult]]:
    answers: dict[str, deque[CallResult]] = defaultdict(deque)
    for item in behind:
        if isinstance(item, CallResult) and item.call_id in ids:
            answers[item.call_id].append(item)
        elif isinstance(item, BotText):
            ids = ids - {call.call_id for call in item.calls}
    return answers


def fresh(call_id: str, used: set[str]) -> str:
    """`call_id`, or the nearest one that is not used yet and that servers take back."""
    base = call_id[:LONGEST_ID] or "call"
    name, number = base, 1
    while name in used:
        number += 1
        suffix = f"_{number}"
        name = f"{base[: LONGEST_ID - len(suffix)]}{suffix}"
    return name
