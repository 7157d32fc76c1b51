"""The labelled replies of tests/fixtures/grounding, and how often the check is right about them."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from services.agent.asking import CallResult, ContactText, Instruction, PromptItem
from services.agent.grounding.check import Problem, unsupported
from services.agent.grounding.evidence import read_evidence

FOLDER = Path(__file__).parents[1] / "fixtures" / "grounding"
ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
NOTE = "Ahora es miércoles 2026-11-25, 10:30 (America/Argentina/Buenos_Aires)."

PASS, BLOCK = {"right", "echoed"}, {"wrong", "derived"}


@dataclass(frozen=True)
class Labelled:
    """One reply with the prompt it was given to. `label`: right, echoed (may go out); wrong, derived (may not)."""

    scene: str
    label: str
    text: str
    why: str
    prompt: tuple[PromptItem, ...]

    @property
    def may_go_out(self) -> bool:
        return self.label in PASS

    def problems(self) -> tuple[Problem, ...]:
        return unsupported(self.text, read_evidence(self.prompt, ZONE))


@dataclass(frozen=True)
class Rates:
    """Shares of wrong replies that passed, and of right ones that were blocked."""

    replies: int
    missed: Sequence[Labelled]
    blocked: Sequence[Labelled]
    miss: float
    false_block: float


def parts() -> list[str]:
    """The parts of the set, each written before the check was measured on it."""
    return sorted(folder.name for folder in FOLDER.iterdir() if folder.is_dir())


def labelled(part: str) -> Iterator[Labelled]:
    """The replies of one part of the set."""
    for path in sorted((FOLDER / part).glob("*.toml")):
        scene = tomllib.loads(path.read_text("utf-8"))
        prompt: tuple[PromptItem, ...] = (
            Instruction(scene["facts"]),
            Instruction(NOTE),
            ContactText("\n".join(scene["contact"])),
            *(CallResult(f"call_{place}", result) for place, result in enumerate(scene["results"])),
        )
        for reply in scene["replies"]:
            yield Labelled(f"{part}/{path.stem}", reply["label"], reply["text"].strip(), reply["why"], prompt)


def measure(replies: Sequence[Labelled]) -> Rates:
    right = [reply for reply in replies if reply.may_go_out]
    wrong = [reply for reply in replies if not reply.may_go_out]
    missed = [reply for reply in wrong if not reply.problems()]
    blocked = [reply for reply in right if reply.problems()]
    return Rates(len(replies), missed, blocked, len(missed) / len(wrong), len(blocked) / len(right))
