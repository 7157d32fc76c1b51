"""Which courses a person's words are about, the best first. Pure: the same words find the same courses, always."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from math import log

from emprendemy_bot.course import Course
from emprendemy_bot.words import likeness, stem, topic_words, words

_NAME, _TOPICS, _TEXT = 4.0, 3.0, 1.0
"""What a word is worth by where it stands."""
_WORTH_SHOWING = 0.45
"""A course is shown when it scores at least this part of the best one."""


def search(courses: Sequence[Course], question: str) -> list[Course]:
    """The courses that have to do with `question`; all of them, in their order, for a question without a topic."""
    asked = topic_words(question)
    if not asked:
        return list(courses)
    index = _index(tuple(courses))
    scores = index.scores(index.joined(asked))
    least = max(scores.values(), default=0.0) * _WORTH_SHOWING
    found = [course for course in courses if scores[course.id] > 0 and scores[course.id] >= least]
    return sorted(found, key=lambda course: -scores[course.id])


@dataclass(frozen=True)
class Index:
    """What each word of each course is worth, by course id."""

    worth: Mapping[str, Mapping[str, float]]

    def joined(self, asked: Sequence[str]) -> list[str]:
        """Two words that the catalogue writes as one are one: `power bi`, `e commerce`, `tik tok`."""
        whole = {one + other for one, other in pairwise(asked) if self._knows(one + other)}
        parts = {part for pair in pairwise(asked) if "".join(pair) in whole for part in pair}
        return [*sorted(whole), *(word for word in asked if word not in parts)]

    def _knows(self, word: str) -> bool:
        return any(word in own for own in self.worth.values())

    def scores(self, asked: Sequence[str]) -> dict[str, float]:
        """What each course scores. A word that fits few courses says more than one that fits many."""
        fits = {course_id: [_best(word, own) for word in asked] for course_id, own in self.worth.items()}
        hits = [sum(fit[at] > 0 for fit in fits.values()) for at in range(len(asked))]
        says = [log(1 + len(fits) / max(count, 1)) for count in hits]
        return {
            course_id: sum(f * s for f, s in zip(fit, says, strict=True)) if _is_about(fit) else 0.0
            for course_id, fit in fits.items()
        }


def _best(asked: str, own: Mapping[str, float]) -> float:
    """What the best fitting word of one course is worth. In running text only a word spelt right counts."""
    fits = (worth * likeness(asked, word) for word, worth in own.items() if worth > _TEXT or stem(word) == stem(asked))
    return max(fits, default=0.0)


def _is_about(fits: Sequence[float]) -> bool:
    """A word of the running text alone is chance, unless everything that was asked stands there."""
    return max(fits) > _TEXT or min(fits) > 0


@lru_cache(maxsize=8)
def _index(courses: tuple[Course, ...]) -> Index:
    return Index({course.id: _worth(course) for course in courses})


def _worth(course: Course) -> dict[str, float]:
    text = f"{course.description} {course.description_en} {course.modality} {course.level}"
    worth = dict.fromkeys(words(text), _TEXT)
    worth |= dict.fromkeys(words(" ".join(course.topics)), _TOPICS)
    return worth | dict.fromkeys(words(course.name), _NAME)
