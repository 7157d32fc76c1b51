"""The labelled replies: how much is missed, and how often a good reply is blocked."""

import re
from pathlib import Path

from services.agent.grounding.values import Kind
from tests.support.replies import BLOCK, PASS, labelled, measure, parts

REPLIES = [reply for part in parts() for reply in labelled(part)]


def test_the_set_is_large_and_has_every_label_in_every_part() -> None:
    assert len(REPLIES) >= 200
    for part in parts():
        assert {reply.label for reply in labelled(part)} == PASS | BLOCK
    assert {problem.kind for reply in REPLIES for problem in reply.problems()} == set(Kind)


def test_hardly_anything_wrong_is_let_through() -> None:
    rates = measure(REPLIES)
    assert rates.miss <= 0.01, [reply.text for reply in rates.missed]


def test_hardly_anything_right_is_blocked() -> None:
    rates = measure(REPLIES)
    assert rates.false_block <= 0.02, [reply.text for reply in rates.blocked]


def test_the_published_figures_are_those_measured() -> None:
    page = (Path(__file__).parents[4] / "docs" / "grounding.md").read_text("utf-8")
    told = re.findall(r"^\| `?(\w+)`? \| (\d+) \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    measured = [(part, measure(list(labelled(part)))) for part in parts()] + [("all", measure(REPLIES))]
    assert told == [
        (name, str(rates.replies), str(len(rates.missed)), str(len(rates.blocked))) for name, rates in measured
    ]
