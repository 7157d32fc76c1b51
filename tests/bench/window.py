"""Fixed against adaptive window, on conversations that are made up: `python -m tests.bench.window [--seed 7]`.

People with different rhythms write in bursts; a debouncer seals, an answer comes, they read it and write again. Both
windows meet the same people, who type the same messages after the same pauses. Measured is what a window does: the
latency that it adds behind a burst's last message, and how many bursts it cuts in two. The clock is the script's own:
nothing is waited for.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import log
from statistics import median, quantiles

from remanso.plugin.behaviour import Burst
from services.debouncer.window import due_at, learned, pause_between

START = datetime(2026, 11, 25, 12, tzinfo=UTC)
FIXED, ADAPTIVE = Burst(adaptive=False), Burst(adaptive=True)


@dataclass(frozen=True)
class Rhythm:
    """How somebody writes: chances of 1, 2, 3, … messages in a burst, and the pauses between (lognormal, seconds)."""

    name: str
    lengths: Sequence[float]
    pause: float
    spread: float = 0.5


RHYTHMS = (
    Rhythm("one message at a time", (0.96, 0.04), 4.0),
    Rhythm("mostly one, sometimes two", (0.7, 0.25, 0.05), 3.0),
    Rhythm("quick bursts", (0.1, 0.2, 0.3, 0.2, 0.2), 1.5),
    Rhythm("bursts", (0.2, 0.3, 0.3, 0.2), 3.0),
    Rhythm("slow typist", (0.3, 0.4, 0.3), 6.0),
)
QUESTION_AT_END, QUESTION_INSIDE = 0.5, 0.15
"""Chances that a burst's last message, or an earlier one, ends with a question mark."""


@dataclass(frozen=True)
class Typed:
    """One message: how long after the one before (of its burst), and whether it looks like the last one."""

    after: float
    finished: bool


@dataclass(frozen=True)
class Conversation:
    """`answers` are the seconds an agent takes for each burst, `thoughts` those until the contact writes again."""

    rhythm: str
    bursts: Sequence[Sequence[Typed]]
    answers: Sequence[float]
    thoughts: Sequence[float]


@dataclass
class Measured:
    added: list[float] = field(default_factory=list)
    bursts: int = 0
    cut: int = 0

    @property
    def median(self) -> float:
        return median(self.added)

    @property
    def p95(self) -> float:
        return quantiles(self.added, n=20)[-1]

    @property
    def split_rate(self) -> float:
        return self.cut / self.bursts

    def note(self, added: float, *, cut: bool) -> None:
        self.added.append(added)
        self.bursts += 1
        self.cut += cut

    def __iadd__(self, other: "Measured") -> "Measured":
        self.added += other.added
        self.bursts += other.bursts
        self.cut += other.cut
        return self


def made_up(rhythm: Rhythm, dice: random.Random) -> Conversation:
    """A conversation of 2 to 25 bursts, most of them short."""
    count = min(2 + int(dice.expovariate(1 / 7)), 25)
    bursts = [list(_burst(rhythm, dice)) for _ in range(count)]
    answers = [dice.lognormvariate(log(3), 0.4) for _ in bursts]
    thoughts = [5 + dice.lognormvariate(log(20), 0.7) for _ in bursts]
    return Conversation(rhythm.name, bursts, answers, thoughts)


def _burst(rhythm: Rhythm, dice: random.Random) -> Iterator[Typed]:
    (length,) = dice.choices(range(1, len(rhythm.lengths) + 1), rhythm.lengths)
    for place in range(length):
        chance = QUESTION_AT_END if place == length - 1 else QUESTION_INSIDE
        pause = dice.lognormvariate(log(rhythm.pause), rhythm.spread) if place else 0.0
        yield Typed(pause, dice.random() < chance)


def replay(conversation: Conversation, burst: Burst) -> Measured:
    """What a debouncer with these times makes of the conversation."""
    measured, now, rhythm = Measured(), START, None
    earlier: datetime | None = None
    for typed, answer, thought in zip(conversation.bursts, conversation.answers, conversation.thoughts, strict=True):
        opened = due = now
        answered, pieces = now, 1
        for place, message in enumerate(typed):
            now += timedelta(seconds=message.after)
            if place and due <= now:  # sealed before this one came: it opens the next piece
                opened, pieces = now, pieces + 1
                answered = max(due, answered) + timedelta(seconds=answer)
            if burst.adaptive and earlier is not None:
                rhythm = learned(rhythm, pause_between(_told(earlier), _told(now), burst) if place else None, burst)
            earlier = now
            due = due_at(now, opened, finished=message.finished, burst=burst, rhythm=rhythm)
        measured.note((due - now).total_seconds(), cut=pieces > 1)
        now = max(due, answered) + timedelta(seconds=answer + thought)
    return measured


def _told(at: datetime) -> datetime:
    """As Meta tells it: in whole seconds."""
    return at.replace(microsecond=0)


def people(seed: int, conversations: int) -> list[Conversation]:
    """As many of each rhythm."""
    dice = random.Random(seed)
    return [made_up(RHYTHMS[place % len(RHYTHMS)], dice) for place in range(conversations)]


def measure(conversations: Sequence[Conversation], burst: Burst) -> dict[str, Measured]:
    """By rhythm, and for all together under `all`."""
    found = {name: Measured() for name in (*(rhythm.name for rhythm in RHYTHMS), "all")}
    for conversation in conversations:
        measured = replay(conversation, burst)
        found[conversation.rhythm] += measured
        found["all"] += measured
    return found


def as_careful(conversations: Sequence[Conversation], adaptive: Measured) -> tuple[Burst, Measured]:
    """The shortest fixed window that cuts no more bursts than the adaptive one."""
    for percent in range(100, 400, 5):
        quiet, finished = FIXED.quiet * percent / 100, FIXED.quiet_when_finished * percent / 100
        burst = FIXED.model_copy(update={"quiet": quiet, "quiet_when_finished": finished})
        measured = measure(conversations, burst)["all"]
        if measured.cut <= adaptive.cut:
            return burst, measured
    raise AssertionError("no fixed window cuts so few")


def better(fixed: Measured, adaptive: Measured) -> bool:
    """Whether nobody would want the fixed window back: nothing is worse, and something is better."""
    old = (fixed.median, fixed.p95, fixed.split_rate)
    new = (adaptive.median, adaptive.p95, adaptive.split_rate)
    return all(after <= before for before, after in zip(old, new, strict=True)) and new != old


def row(name: str, fixed: Measured, adaptive: Measured) -> str:
    """A line of the table: each figure before and after, and their ratio."""
    waits = ((fixed.median, adaptive.median), (fixed.p95, adaptive.p95))
    cells = [f"{old:.2f} → {new:.2f} ({new / old:.2f})" for old, new in waits]
    cut = f"{fixed.split_rate:.1%} → {adaptive.split_rate:.1%} ({adaptive.split_rate / fixed.split_rate:.2f})"
    return f"| {name} | {fixed.bursts} | {' | '.join(cells)} | {cut} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--conversations", type=int, default=5_000)
    asked = parser.parse_args()
    conversations = people(asked.seed, asked.conversations)
    fixed, adaptive = measure(conversations, FIXED), measure(conversations, ADAPTIVE)
    burst, careful = as_careful(conversations, adaptive["all"])
    print(f"seed {asked.seed}, {asked.conversations} conversations; fixed → adaptive (ratio)\n")
    print("| rhythm | bursts | added, median s | added, 95 % s | bursts cut |")
    print("| --- | --- | --- | --- | --- |")
    for name in fixed:
        print(row(name, fixed[name], adaptive[name]))
    print(row(f"all, fixed at {burst.quiet:.2f} / {burst.quiet_when_finished:.2f} s", careful, adaptive["all"]))
    print(f"\nbetter in every figure: {'yes' if better(fixed['all'], adaptive['all']) else 'no'}")


if __name__ == "__main__":
    main()
