"""Finding things by what people write: no accents, other endings, wrong letters. Pure.

Made for a catalogue of some hundreds of items: every word of it is looked at.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher

FOUND, BEGINS_ALIKE, MISSPELT = 1.0, 0.8, 0.6
"""What a word counts, by how it was found."""
MUCH_ALIKE = 0.85
"""`whatsapp` and `wathsapp`, as SequenceMatcher counts."""
WORTH = 1 / 3
"""Whoever scores less than this part of the best has only everyday words in common with the question."""

_HEARD = tuple(
    (re.compile(spelling), heard)
    for spelling, heard in (
        ("ll|y", "i"), ("v", "b"), ("qu(?=[ei])|c(?![eih])|k", "k"), ("z|c(?=[ei])", "s"), ("g(?=[ei])", "j"),
        ("(?<!c)h", ""), (r"(.)\1+", r"\1"),
    )
)  # fmt: skip

# Words that say nothing about a topic, in both languages, without accents.
_EMPTY = frozenset(
    (  # noqa: SIM905 - one word a line would take half the file
        "a al algo and are con como cuando cuanto cual cuales de del do el en es esta este for hay have hello hi hola "
        "i in is la las lo los me mi my of on or para pero por puedo que quiero quisiera se si sobre son su tema tenes "
        "tienen the their there to un una uno want what with y you"
    ).split()
)


def best_first(text: str, items: Sequence[Sequence[str]]) -> list[int]:
    """The places of the items that have to do with `text`, the best first; all, in order, for a text without a topic.

    Args:
        text: what somebody wrote.
        items: the texts of each item, the weightiest first.
    """
    wanted = words(text) - _EMPTY
    if not wanted:
        return list(range(len(items)))
    weights = [_weights(texts) for texts in items]
    rarity = {word: _rarity(word, weights) for word in wanted}
    scores = [sum(rarity[word] * _score(word, own) for word in wanted) for own in weights]
    least = max(scores, default=0) * WORTH
    found = (place for place, score in enumerate(scores) if score > 0 and score >= least)
    return sorted(found, key=lambda place: -scores[place])


def words(text: str) -> set[str]:
    """The words of `text` without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return set(re.findall(r"[^\W_]+", "".join(letter for letter in plain if not unicodedata.combining(letter))))


def _weights(texts: Sequence[str]) -> Mapping[str, float]:
    """Each word of an item with the weight of the first text it stands in: the first counts most."""
    found: dict[str, float] = {}
    for place, text in enumerate(texts):
        for word in words(text):
            found.setdefault(word, float(len(texts) - place))
    return found


def _rarity(word: str, items: Sequence[Mapping[str, float]]) -> float:
    """What a word tells: little when most items have it."""
    having = sum(1 for own in items if _score(word, own) > 0)
    return math.log((len(items) + 1) / having) if having else 0.0


def _score(wanted: str, own: Mapping[str, float]) -> float:
    return max((weight * _likeness(wanted, word) for word, weight in own.items()), default=0.0)


def _likeness(wanted: str, word: str) -> float:
    if word == wanted:
        return FOUND
    if len(wanted) > 3 and word.startswith(wanted[: max(4, len(wanted) - 2)]):
        return BEGINS_ALIKE
    return MISSPELT if _misspelt(wanted, word) else 0.0


def _misspelt(wanted: str, word: str) -> bool:
    """It sounds the same, is one letter off, in a long word more. Short words are too much alike for that."""
    heard, spoken = sound(wanted), sound(word)
    if len(wanted) < 5:
        return len(wanted) > 2 and heard == spoken
    long = len(wanted) >= 8 and wanted[0] == word[0] and abs(len(wanted) - len(word)) <= 2
    return (
        heard == spoken
        or one_letter_off(heard, spoken)
        or (long and SequenceMatcher(None, wanted, word).ratio() >= MUCH_ALIKE)
    )


def sound(word: str) -> str:
    """How a word without accents is heard in Spanish: `yoga` and `ioga`, `ceramica` and `seramica` are the same."""
    for spelling, heard in _HEARD:
        word = spelling.sub(heard, word)
    return word


def one_letter_off(one: str, other: str) -> bool:
    """Whether a letter was left out, added, mistaken, or changed places with its neighbour."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    first = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[first:], other[first:]
    return a[1:] == b or a == b[1:] or a[1:] == b[1:] or (a[:2] == b[:2][::-1] and a[2:] == b[2:])
