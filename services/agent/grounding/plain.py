"""Text made comparable: one form for each character, without case and accents, every place kept."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

_ENGLISH = set("the is are on at and you your with for starts costs takes from to of we our course it".split())  # noqa: SIM905
_SPANISH = set("el la los las es son en y de con para por que sale empieza arranca dura tu te se del al".split())  # noqa: SIM905

_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|\n+")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Word:
    """`text` is folded; `capital` tells whether it began with a capital letter."""

    text: str
    start: int
    end: int
    capital: bool


@dataclass(frozen=True)
class Plain:
    """`shown` is the text as NFKC has it; `folded` the same, letter for letter, without case and accents."""

    shown: str
    folded: str

    @cached_property
    def english(self) -> bool:
        """Whether it looks English rather than Spanish. Spanish when nothing tells."""
        said = [word.text for word in self.words]
        return sum(word in _ENGLISH for word in said) > sum(word in _SPANISH for word in said)

    @cached_property
    def words(self) -> list[Word]:
        return [
            Word(found.group(), found.start(), found.end(), self.shown[found.start()].isupper())
            for found in _WORD.finditer(self.folded)
        ]

    def before(self, place: int, reach: int = 40) -> str:
        """What stands in front of a place, folded; a new line in front of the very beginning."""
        return ("\n" if place <= reach else "") + self.folded[max(0, place - reach) : place]

    @property
    def sentences(self) -> Iterator[tuple[int, int]]:
        """Where each sentence or line begins and ends."""
        start = 0
        for end in _SENTENCE_END.finditer(self.shown):
            yield start, end.start()
            start = end.end()
        yield start, len(self.shown)


def plain(text: str) -> Plain:
    shown = unicodedata.normalize("NFKC", text)
    return Plain(shown, "".join(map(_fold, shown)))


def fold(text: str) -> str:
    return plain(text).folded


def _fold(char: str) -> str:
    """One character for one, so that places in both forms are the same."""
    return char.lower()[0] if char.isascii() else unicodedata.normalize("NFD", char)[0].lower()[0]
