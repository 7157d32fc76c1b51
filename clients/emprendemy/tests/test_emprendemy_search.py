"""How good the search is, measured on what people ask: searches.toml holds their words."""

import tomllib
from pathlib import Path

import pytest
from emprendemy_bot import quality
from emprendemy_bot.catalogue import read_courses
from emprendemy_bot.search import search
from emprendemy_bot.words import likeness

TABLE = tomllib.loads(Path(__file__).with_name("searches.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def asked() -> list[quality.Asked]:
    return list(quality.ask_all(TABLE))


def test_the_table_names_courses_that_can_be_found() -> None:
    offered = {course.id for course in read_courses() if course.active}
    assert {course for kind in TABLE.values() for right in kind.values() for course in right} <= offered
    assert sum(map(len, TABLE.values())) >= 60


def test_what_people_mean_comes_first(asked: list[quality.Asked]) -> None:
    assert quality.rate(asked, 1) >= 0.97, "\n".join(quality.report(asked))


def test_what_people_mean_is_among_the_first_three(asked: list[quality.Asked]) -> None:
    assert quality.rate(asked, 3) >= 0.98, "\n".join(quality.report(asked))


def test_the_readme_tells_the_figures_of_today(asked: list[quality.Asked]) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
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


def test_the_same_words_find_the_same_courses_whatever_their_order() -> None:
    one, other = search(read_courses(), "fotos para instagram"), search(read_courses(), "instagram para fotos")
    assert {course.id for course in one} == {course.id for course in other}
