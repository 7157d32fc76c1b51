"""Which item each claim of a text is about: the one named beside it, or the one the text has come to speak of."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from itertools import groupby

from services.agent.grounding.catalogue import Mention
from services.agent.grounding.claim import Claim
from services.agent.grounding.plain import Plain

_OF_THE_NEXT = re.compile(
    r"\s*(?:de|del|of|for|para|por|\()\s*(?:(?:el|la|the)\s+)?(?:(?:curso|taller)\s+)?(?:de\s+)?[\"*«“]*"
)
_ABOUT_ALL = re.compile(
    r"(?<!\w)(?:amb[oa]s|l[oa]s (?:dos|tres|cuatro|cinco)|tod[oa]s|junt[oa]s|cualquiera|otr[oa]s?"
    r"|both|all|together|either|another)(?!\w)"
)

Names = frozenset[str]
ANYTHING: Names = frozenset()
"""A claim about nothing in particular: it has to be known, of whatever item."""


class Standing(Enum):
    """Where a claim stands to the item it is about. In front of it stand conditions: "con $50.000 te alcanza para…"."""

    IN_FRONT = auto()
    BEHIND = auto()
    LATER = auto()
    """In a later sentence."""


@dataclass(frozen=True)
class Paired:
    """`sentence` is folded."""

    claim: Claim
    about: Names
    standing: Standing
    sentence: str


def paired(text: Plain, claims: Sequence[Claim], mentions: Sequence[Mention]) -> list[Paired]:
    """Every claim with the items it may be about, paragraph by paragraph, sentence by sentence."""
    found, topic, last = list[Paired](), ANYTHING, 0
    for start, end in text.sentences:
        if re.search(r"\n\s*\n", text.shown[last:start]):
            topic = ANYTHING
        here = [mention for mention in mentions if start <= mention.start < end]
        said = [claim for claim in claims if start <= claim.start < end]
        sentence = text.folded[start:end]
        if not here and _ABOUT_ALL.search(sentence):
            topic = ANYTHING
        pairs, topic = _in_sentence(text, said, here, topic)
        found.extend(Paired(claim, about, _standing(claim, here), sentence) for claim, about in pairs)
        last = end
    return found


def _standing(claim: Claim, mentions: Sequence[Mention]) -> Standing:
    if not mentions:
        return Standing.LATER
    return Standing.BEHIND if mentions[0].start < claim.start else Standing.IN_FRONT


def _in_sentence(
    text: Plain, claims: Sequence[Claim], mentions: Sequence[Mention], topic: Names
) -> tuple[list[tuple[Claim, Names]], Names]:
    """Claims behind a run of mentions belong to it; those in front of the first to it or to the topic so far."""
    runs = _runs(claims, mentions)
    named = [_names(run) for run in runs if isinstance(run[0], Mention)]
    if not named:
        return [(claim, topic) for claim in claims], topic
    before_each = isinstance(runs[0][0], Claim) and isinstance(runs[-1][0], Mention)
    pairs: list[tuple[Claim, Names]] = []
    for place, run in enumerate(runs):
        said = [one for one in run if isinstance(one, Claim)]
        earlier = [one for one in (runs[place - 1] if place else ()) if isinstance(one, Mention)]
        later = [one for one in (runs[place + 1] if place + 1 < len(runs) else ()) if isinstance(one, Mention)]
        if place == 0 and not before_each:
            pairs.extend((claim, topic | _names(later) if topic else _names(later)) for claim in said)
        elif before_each or not earlier:
            pairs.extend(_one_by_one(said, later))
        else:
            own = said[:-1] if later and _is_of_next(text, said, later[0]) else said
            pairs.extend([*_one_by_one(own, earlier), *((claim, _names(later)) for claim in said[len(own) :])])
    return pairs, named[-1]


def _runs(claims: Sequence[Claim], mentions: Sequence[Mention]) -> list[list[Claim | Mention]]:
    """Claims and mentions in their order, neighbours of one kind together."""
    together: list[Claim | Mention] = sorted([*claims, *mentions], key=lambda one: one.start)
    return [list(run) for _, run in groupby(together, lambda one: isinstance(one, Mention))]


def _one_by_one(claims: Sequence[Claim], mentions: Sequence[Mention]) -> list[tuple[Claim, Names]]:
    """Respectively: as many claims of a kind as mentions go in their order; else each may be about any of them."""
    pairs = []
    for claim in claims:
        same = [one for one in claims if one.kind == claim.kind]
        if len(same) == len(mentions) > 1:
            pairs.append((claim, mentions[same.index(claim)].titles))
        else:
            pairs.append((claim, _names(mentions)))
    return pairs


def _is_of_next(text: Plain, claims: Sequence[Claim], mention: Mention) -> bool:
    """Whether the last claim leads on: "…, menos que los $120.000 de Marketing digital"."""
    return bool(claims) and _OF_THE_NEXT.fullmatch(text.folded, claims[-1].end, mention.start) is not None


def _names(mentions: Iterable[Claim | Mention]) -> Names:
    return frozenset(name for one in mentions if isinstance(one, Mention) for name in one.titles)
