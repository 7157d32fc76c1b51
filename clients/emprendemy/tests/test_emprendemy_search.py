"""How good the search is, measured on what people ask: searches.toml holds their words."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from emprendemy_bot import quality
from emprendemy_bot.course import Course
from emprendemy_bot.search import search
from emprendemy_bot.words import likeness

from remanso.testing import seeded_catalogue

FOLDER = Path(__file__).parents[1]


@pytest.fixture
async def offered() -> Sequence[Course]:
    return await seeded_catalogue(FOLDER).of(Course).all()


@pytest.fixture
async def asked() -> list[quality.Asked]:
    return await quality.ask_all(FOLDER)


def test_the_table_names_courses_that_can_be_found(asked: list[quality.Asked], offered: Sequence[Course]) -> None:
    assert {course for one in asked for course in one.right} <= {course.id for course in offered}
    assert len(asked) >= 60


def test_what_people_mean_comes_first(asked: list[quality.Asked]) -> None:
    assert quality.rate(asked, 1) >= 0.97, "\n".join(quality.report(asked))


def test_what_people_mean_is_among_the_first_three(asked: list[quality.Asked]) -> None:
    assert quality.rate(asked, 3) >= 0.98, "\n".join(quality.report(asked))


def test_the_readme_tells_the_figures_of_today(asked: list[quality.Asked]) -> None:
    readme = (FOLDER / "README.md").read_text("utf-8")
    fresh = [one for one in asked if one.kind == "fresh"]
    for those in (asked, fresh):
        assert f"| {len(those)} | {quality.rate(those, 1):.1%} | {quality.rate(those, 3):.1%} |" in readme


@pytest.mark.parametrize(
    ("asked_word", "own"),
    [("casa", "caja"), ("fisica", "fiscal"), ("japones", "patrones"), ("buenas", "ventas")],
)
def test_another_word_is_no_slip_of_the_finger(asked_word: str, own: str) -> None:
    assert likeness(asked_word, own) == 0


@pytest.mark.parametrize(
    ("asked_word", "own"),
    [("benta", "venta"), ("guatsap", "whatsapp"), ("marqueting", "marketing"), ("exel", "excel"), ("phyton", "python")],
)
def test_a_word_is_found_as_it_sounds_or_slips(asked_word: str, own: str) -> None:
    assert 0 < likeness(asked_word, own) < 1


def test_the_same_words_find_the_same_courses_whatever_their_order(offered: Sequence[Course]) -> None:
    one, other = search(offered, "fotos para instagram"), search(offered, "instagram para fotos")
    assert {course.id for course in one} == {course.id for course in other}
