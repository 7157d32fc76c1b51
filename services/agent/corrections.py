"""When a model goes round in circles: the same call again, a tool that keeps failing, tools that do not exist,
words that nothing supports. Pure.

A model may correct itself: after a call that failed it has two more for the same tool in the turn. Names it invents
share one count, since each of them could be a new one.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from remanso.store.steps import ToolCall
from services.agent.results import code_of

MOST_FAILURES = 3
"""Of one tool in one turn: the first and two corrections."""
MOST_ALIKE = 3
"""Calls of one tool with the same arguments: the second is answered with a note, the third ends the loop."""

FAILURES = frozenset({"bad_arguments", "timeout", "failed"})
"""Codes under which a call failed for a reason of its own; what a tool itself reports as an error is an answer."""
UNKNOWN, WORN_OUT, NOT_GROUNDED = "unknown_tool", "too_many_failures", "not_grounded"

MOST_UNSUPPORTED = 1
"""Calls of a turn whose words nothing supported, after which there is one more: as of a draft, one repair."""


def alike(one: ToolCall, other: ToolCall) -> bool:
    """Whether two calls ask for the same."""
    return _asked(one) == _asked(other)


def worn_out(name: str, answered: Iterable[ToolCall]) -> bool:
    """Whether a tool has failed so often in this turn that it is not run any more."""
    return sum(call.name == name and _code(call) in FAILURES for call in answered) >= MOST_FAILURES


def in_circles(calls: Sequence[ToolCall]) -> bool:
    """Whether the calls of a turn show that more of them will lead nowhere: the model has to answer now."""
    codes = Counter(_code(call) for call in calls)
    most_alike = max(Counter(_asked(call) for call in calls).values(), default=0)
    worn = codes[UNKNOWN] >= MOST_FAILURES or codes[WORN_OUT] > 0 or codes[NOT_GROUNDED] > MOST_UNSUPPORTED
    return worn or most_alike >= MOST_ALIKE


def _asked(call: ToolCall) -> tuple[str, str]:
    return call.name, _canonical(call.arguments)


def _canonical(arguments: str) -> str:
    """The same text for arguments that mean the same."""
    try:
        return json.dumps(json.loads(arguments or "{}"), sort_keys=True)
    except ValueError:
        return arguments


def _code(call: ToolCall) -> str | None:
    return None if call.result is None else code_of(call.result)
