"""The runbook knows every metric with its labels, and every log line; and names none that does not exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from deploy.prometheus.catalogue import metrics

ROOT = Path(__file__).parents[2]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text("utf-8")
LABELS = {
    "about",
    "account",
    "cause",
    "channel",
    "client",
    "code",
    "endpoint",
    "event",
    "fate",
    "hook",
    "kind",
    "level",
    "model",
    "outcome",
    "quality",
    "queue",
    "reason",
    "stage",
    "state",
    "status",
    "step",
    "sweep",
    "tool",
}
"""Each has few values: another one needs a thought about how many."""


def rows(heading: str) -> list[list[str]]:
    """The names in backticks in each cell of the first table under `heading`."""
    section = RUNBOOK.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [
        [" ".join(re.findall(r"`([^`]+)`", cell)) for cell in line.replace(r"\|", "").split("|")[1:-1]]
        for line in lines
    ]


def log_lines() -> Iterator[str]:
    """The first argument of every call of a logger in our code."""
    for folder in ("services", "shared"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and _logs(node.func):
                    yield str(ast.literal_eval(node.args[0]))


def _logs(called: ast.expr) -> bool:
    if isinstance(called, ast.Attribute):
        return isinstance(called.value, ast.Name) and called.value.id == "log" and called.attr != "bind"
    return isinstance(called, ast.Name) and called.id == "tell"


def test_every_metric_is_told_with_its_labels() -> None:
    told = {name: set(labels.split()) for name, labels, _ in rows("Metrics") if name != "remanso_build_info"}
    declared = {name: set(metric._labelnames) for name, metric in metrics().items() if name != "remanso_build_info"}
    assert told == declared


def test_metrics_are_named_as_prometheus_wants_and_no_label_is_a_person() -> None:
    for name, metric in metrics().items():
        assert metric._documentation.endswith("."), name
        assert metric._type != "histogram" or name.endswith(
            ("_seconds", "_envelopes", "_messages", "_steps", "_calls")
        ), name
        assert set(metric._labelnames) <= LABELS | {"service", "instance_name", "version", "python"}, name


def test_every_log_line_is_told() -> None:
    told = {name for events, *_ in rows("Log lines") for name in events.split()}
    assert told == set(log_lines())
