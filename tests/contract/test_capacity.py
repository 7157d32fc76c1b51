"""docs/capacity.md: its tables are those that its figures and assumptions give."""

import pytest

from tests.bench import sizing


def test_the_tables_are_those_of_the_figures() -> None:
    page = sizing.DOCUMENT.read_text("utf-8")
    assert sizing.rewritten(page, sizing.Figures.read()) == page, "python -m tests.bench.sizing"


def test_a_page_without_a_place_for_a_table_is_told_of() -> None:
    with pytest.raises(ValueError, match="no place for measured"):
        sizing.rewritten("nothing", sizing.Figures.read())


@pytest.mark.parametrize("rate", sizing.SCALES)
def test_no_service_is_fuller_than_it_may_be(rate: int) -> None:
    figures = sizing.Figures.read()
    for part in sizing.PYTHON:
        count = sizing.processes(figures, part, rate)
        assert rate * figures.cpu(part) / count <= sizing.FULL
    turns = rate * figures.each("turns") * sizing.TURN_SECONDS
    assert turns / (sizing.processes(figures, "agent", rate) * sizing.SLOTS) <= sizing.FULL
