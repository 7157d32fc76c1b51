"""Long texts become parts that lose nothing."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from services.agent.parts import LONGEST, split_text

_TEXTS = st.text(alphabet=st.sampled_from("ab .!?\n\té👍"), max_size=400)


@given(_TEXTS, st.integers(5, 60))
def test_nothing_is_lost_reordered_or_too_long(text: str, longest: int) -> None:
    parts = split_text(text, longest)
    assert "".join("".join(parts).split()) == "".join(text.split())
    for part in parts:
        assert part
        assert part == part.strip()
        assert len(part) <= longest


_FAMILY, _HEART_ON_FIRE = "\u200d".join("👨👩👧👦"), "❤\ufe0f\u200d🔥"
_SIGNS = [
    "a",
    "ñ",
    "e\u0301",
    "n\u0323\u0303",
    "👍",
    "👍🏽",
    _FAMILY,
    _HEART_ON_FIRE,
    "🇦🇷",
    "🇺🇾",
    "7\ufe0f\u20e3",
    "각",
    "नि",
]
"""What people see as one character each, of one to seven code points."""


@given(st.lists(st.sampled_from(_SIGNS), max_size=120).map("".join), st.integers(8, 60))
def test_what_people_see_as_one_character_stays_whole(text: str, longest: int) -> None:
    parts = split_text(text, longest)
    assert "".join(parts) == text
    assert [sign for part in parts for sign in regex.findall(r"\X", part)] == regex.findall(r"\X", text)
    assert all(len(part) <= longest for part in parts)


@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=20), max_size=60), st.integers(20, 60))
def test_words_that_fit_are_not_cut(words: list[str], longest: int) -> None:
    assert " ".join(split_text(" ".join(words), longest)).split() == words


def test_a_short_text_is_one_part() -> None:
    assert split_text("  hola  ") == ["hola"]
    assert split_text(" \n ") == []
    assert split_text("a" * LONGEST) == ["a" * LONGEST]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Uno dos tres.\n\nCuatro. Cinco", ["Uno dos tres.", "Cuatro. Cinco"]),
        ("Uno dos tres.\nCuatro. Cinco", ["Uno dos tres.", "Cuatro. Cinco"]),
        ("Uno dos tres. Cuatro cinco", ["Uno dos tres.", "Cuatro cinco"]),
        ("Uno dos tres cuatro cinco", ["Uno dos tres cuatro", "cinco"]),
        ("A.\n\nDos tres cuatro cinco", ["A.\n\nDos tres cuatro", "cinco"]),
    ],
    ids=["paragraph", "line", "sentence", "word", "no stub in front"],
)
def test_where_a_text_is_cut(text: str, parts: list[str]) -> None:
    assert split_text(text, 20) == parts


def test_a_word_longer_than_a_part_is_cut_hard() -> None:
    assert split_text("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_a_sign_longer_than_a_part_is_cut_hard() -> None:
    heaped = "e" + 20 * "\u0301"
    parts = split_text(heaped, 10)
    assert "".join(parts) == heaped
    assert [len(part) for part in parts] == [10, 10, 1]
