"""Titles: where a text names a known one, in full or in short, and where it names one that nobody knows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from services.agent.grounding.plain import Plain, Word, plain

CONNECTORS = frozenset(
    (  # noqa: SIM905 - words read better in a line
        "a al con de del desde e el en la las los o para por su tu un una y and for from in of on the to with your an"
    ).split()
)
_SHORT_CUES = {(noun, "de") for noun in ("el", "la", "los", "lo", "curso", "taller")} | {("course", "on")}
_SHORT_CUE_WORDS = frozenset({"curso", "taller", "del", "course", "workshop"})
_NOUNS_BEHIND = frozenset({"course", "class", "one", "workshop", "curso", "taller"})


@dataclass(frozen=True)
class Title:
    """A known title, by its words. `name` is the key under which facts are kept."""

    name: str
    words: tuple[str, ...]

    @property
    def content(self) -> set[str]:
        return {word for word in self.words if word not in CONNECTORS}


@dataclass(frozen=True)
class Mention:
    """A piece of text that names a known title, or several that begin alike. `full`: every word of it."""

    start: int
    end: int
    titles: frozenset[str]
    full: bool


@dataclass(frozen=True)
class Catalogue:
    """The titles that are known, from whatever result."""

    titles: tuple[Title, ...]

    @classmethod
    def of(cls, names: Iterable[str]) -> "Catalogue":
        """Titles that differ only in case, accents or signs are one."""
        known = dict.fromkeys(title_words(name) for name in names)
        return cls(tuple(Title(" ".join(words), words) for words in known if words))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        return frozenset(word for title in self.titles for word in title.words)

    def mentions(self, text: Plain) -> list[Mention]:
        """Every mention in the text's order; the longest that begins at a word."""
        words, found, place = text.words, list[Mention](), 0
        while place < len(words):
            length, titles = self._at(words, place)
            if not length:
                place += 1
                continue
            full = any(len(title.words) == length for title in titles)
            names = frozenset(title.name for title in titles if not full or len(title.words) == length)
            found.append(Mention(words[place].start, words[place + length - 1].end, names, full))
            place += length
        return found

    def _at(self, words: Sequence[Word], place: int) -> tuple[int, list[Title]]:
        """How many words from `place` on name which titles; 0 when none."""
        lengths = {title: _named_length(title, words, place) for title in self.titles}
        longest = max(lengths.values(), default=0)
        fitting = [title for title, length in lengths.items() if length == longest > 0]
        named = {word.text for word in words[place : place + longest]} - CONNECTORS
        if len(named) >= 2 or any(len(title.words) == longest for title in fitting):
            return longest, fitting
        return (1, self._by_one_word(words, place)) if self._is_short_name(words, place) else (0, [])

    def _is_short_name(self, words: Sequence[Word], place: int) -> bool:
        """Whether one word stands for a title: "el de marketing", "the Python course", "En Python"."""
        word, fitting = words[place], self._by_one_word(words, place)
        before = tuple(earlier.text for earlier in words[max(0, place - 2) : place])
        behind = words[place + 1].text if place + 1 < len(words) else ""
        begins = word.capital and any(_first_content(title) == word.text for title in fitting)
        cued = before in _SHORT_CUES or (before[-1:] and before[-1] in _SHORT_CUE_WORDS) or behind in _NOUNS_BEHIND
        return bool(fitting) and (begins or bool(cued))

    def _by_one_word(self, words: Sequence[Word], place: int) -> list[Title]:
        word = words[place].text
        return [title for title in self.titles if len(word) > 3 and word in title.content]


def title_words(name: str) -> tuple[str, ...]:
    return tuple(word.text for word in plain(name).words)


def key_of(name: str) -> str:
    """The title's words in one: under it its facts are kept."""
    return " ".join(title_words(name))


def common_beginning(title: Sequence[str], words: Sequence[Word], place: int) -> int:
    """How many words of the title stand in the text from `place` on."""
    pairs = zip(title, words[place : place + len(title)], strict=False)
    return next((at for at, (one, word) in enumerate(pairs) if one != word.text), min(len(title), len(words) - place))


def vocabulary(texts: Iterable[str]) -> Iterator[str]:
    """All words of these texts, folded."""
    for text in texts:
        yield from (word.text for word in plain(text).words)


def _named_length(title: Title, words: Sequence[Word], place: int) -> int:
    """The same, without connectors behind which the title does not go on."""
    length = common_beginning(title.words, words, place)
    while 0 < length < len(title.words) and title.words[length - 1] in CONNECTORS:
        length -= 1
    return length


def _first_content(title: Title) -> str:
    return next((word for word in title.words if word not in CONNECTORS), "")
