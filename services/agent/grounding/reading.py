"""All claims of a text: each piece is read once, by whoever knows it best."""

from collections.abc import Iterable, Iterator

from services.agent.grounding.addresses import emails, links, phones
from services.agent.grounding.amounts import amounts, deals, numbers
from services.agent.grounding.claim import Claim
from services.agent.grounding.days import dates, months, weekdays
from services.agent.grounding.hours import hours
from services.agent.grounding.money import percentages, prices
from services.agent.grounding.plain import Plain

_READERS = (emails, links, dates, prices, phones, percentages, hours, deals, amounts, months, weekdays, numbers)
_TRUSTING = (weekdays, numbers)
"""Those that read a text otherwise that is to be believed."""
_TAKEN = "\x01"


def claims_in(text: Plain, *, known: bool = False) -> list[Claim]:
    """The claims of a text in its order. `known`: the text is to be believed, so that a span of days means each."""
    rest, found = text, list[Claim]()
    for reader in _READERS:
        taken = list(_apart(reader(rest, known=known) if reader in _TRUSTING else reader(rest)))
        found.extend(taken)
        rest = without(rest, *((claim.start, claim.end) for claim in taken))
    return sorted(found, key=lambda claim: (claim.start, claim.end))


def without(text: Plain, *spans: tuple[int, int]) -> Plain:
    """The text with these pieces struck out, every other one in its place."""
    shown, folded = list(text.shown), list(text.folded)
    for start, end in spans:
        shown[start:end] = folded[start:end] = [_TAKEN] * (end - start)
    return Plain("".join(shown), "".join(folded))


def _apart(claims: Iterable[Claim]) -> Iterator[Claim]:
    """Those that come first, and others only where they overlap none of them; one piece may hold several claims."""
    spans: set[tuple[int, int]] = set()
    for claim in dict.fromkeys(claims):
        span = (claim.start, claim.end)
        if span in spans or all(claim.end <= start or claim.start >= end for start, end in spans):
            spans.add(span)
            yield claim
