"""Which versions of remanso a client works with: `>=0.1,<1`. Release numbers only, compared number by number."""

import operator
import re
from collections.abc import Callable
from itertools import zip_longest

Release = tuple[int, ...]
Comparison = Callable[[int, int], bool]

_OPERATORS: dict[str, Comparison] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    "<": operator.lt,
}
_CONDITION = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)\s*")


def parse_range(text: str) -> list[tuple[Comparison, Release]]:
    """The conditions of a comma-separated range. Raises ValueError where it cannot be read."""
    matches = [_CONDITION.fullmatch(part) for part in text.split(",")]
    if not all(matches):
        raise ValueError("expected conditions such as `>=0.1,<1`")
    return [(_OPERATORS[match[1]], _release(match[2])) for match in matches if match]


def fits(version: str, text: str) -> bool:
    """Whether `version` lies in the range `text`. A suffix such as `.dev1` or `rc2` does not count."""
    numbers = re.match(r"\d+(?:\.\d+)*", version)
    if numbers is None:
        raise ValueError("a version starts with a number")
    release = _release(numbers[0])
    return all(holds(_order(release, bound), 0) for holds, bound in parse_range(text))


def _release(text: str) -> Release:
    return tuple(int(number) for number in text.split("."))


def _order(one: Release, other: Release) -> int:
    """Negative, zero or positive as `one` is lower than, equal to or higher than `other`; 1 equals 1.0."""
    pairs = zip_longest(one, other, fillvalue=0)
    return next((left - right for left, right in pairs if left != right), 0)
