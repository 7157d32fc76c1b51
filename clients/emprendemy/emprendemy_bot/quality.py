"""`python -m emprendemy_bot.quality` in the client's folder: how often the search finds what people mean.

tests/searches.toml holds their questions and the courses that would be a right first answer.
"""

import asyncio
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from emprendemy_bot.course import Course
from emprendemy_bot.search import search
from remanso.testing import seeded_catalogue

SEARCHES = Path("tests") / "searches.toml"


@dataclass(frozen=True)
class Asked:
    """One question, what would be right (nothing, where the list is empty), and what was found, the best first."""

    kind: str
    question: str
    right: Sequence[str]
    found: Sequence[str]

    def hit(self, within: int) -> bool:
        """Whether a right course is among the first `within`; where none is right, whether none was found."""
        return bool(set(self.found[:within]) & set(self.right)) if self.right else not self.found


async def ask_all(folder: Path) -> list[Asked]:
    """Asks every question of the client in `folder`, of the courses it starts with."""
    offered = await seeded_catalogue(folder).of(Course).all()
    table: Mapping[str, Mapping[str, Sequence[str]]] = tomllib.loads((folder / SEARCHES).read_text("utf-8"))
    return [
        Asked(kind, question, right, [course.id for course in search(offered, question)])
        for kind, questions in table.items()
        for question, right in questions.items()
    ]


def rate(asked: Sequence[Asked], within: int) -> float:
    """The part of the questions that were answered rightly, from 0 to 1."""
    return sum(one.hit(within) for one in asked) / len(asked)


def report(asked: Sequence[Asked]) -> Iterator[str]:
    """A line for each kind of question, one for all, and one for each first answer that was wrong."""
    yield f"{'':10}{'asked':>6}{'first':>8}{'first 3':>9}"
    kinds = {kind: [one for one in asked if one.kind == kind] for kind in dict.fromkeys(one.kind for one in asked)}
    for kind, those in {**kinds, "all": asked}.items():
        yield f"{kind:10}{len(those):>6}{rate(those, 1):>8.1%}{rate(those, 3):>9.1%}"
    for one in asked:
        if not one.hit(1):
            yield f"  «{one.question}»: wanted {', '.join(one.right) or 'nothing'}, found {', '.join(one.found[:3])}"


if __name__ == "__main__":
    print("\n".join(report(asyncio.run(ask_all(Path.cwd())))))  # noqa: T201 - its purpose
