"""docs/models.md: its examples are profiles that load, its table of errors is the code's own."""

import re
import tomllib
from pathlib import Path

from remanso.plugin.behaviour import Summary
from remanso.plugin.model_profile import ModelProfile
from services.agent.models import trouble
from services.agent.models.trouble import Kind

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")


def test_the_examples_are_profiles() -> None:
    examples = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]
    own, fallback = (example["model"] for example in examples if "model" in example)
    (summary,) = (example["summary"] for example in examples if "summary" in example)
    assert Summary.model_validate(summary).model
    profile = ModelProfile.model_validate(own | fallback)
    assert [found.model for found in profile.profiles] == ["gpt-6-luna", "gpt-6.1-terra"]


def test_every_reason_is_told_with_its_attempts() -> None:
    table = PAGE.partition("## What happens on which error")[2].partition("\n## ")[0]
    rows = re.findall(r"^\|[^|]+\|([^|]*)\| (\d)[^|]*\|([^|]*)\|$", table, re.MULTILINE)
    told = {reason: (int(attempts), "operator" in then) for names, attempts, then in rows for reason in _names(names)}
    kinds = [kind for kind in vars(trouble).values() if isinstance(kind, Kind)]
    known = {kind.reason: (min(kind.attempts, 3), kind.operator) for kind in kinds}
    assert told == known | {"circuit_open": (0, False), "refused": (1, False)}


def _names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)
