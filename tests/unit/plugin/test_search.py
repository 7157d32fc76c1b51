"""Finding by what people write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.plugin.search import best_first, one_letter_off, words

CATALOGUE = [
    ("Marketing digital desde cero", "publicidad redes", "Aprendé a planificar campañas para tu negocio."),
    ("Ventas por WhatsApp", "vender mensajes", "Cómo atender y vender por mensajes en tu negocio."),
    ("Fotografía de productos", "fotos cámara", "Sacá fotos con el celular para tu negocio."),
    ("IA para negocios", "inteligencia artificial", "Herramientas de IA para tu negocio."),
]


@pytest.mark.parametrize(
    ("asked", "best"),
    [
        ("marketing", 0),
        ("MARKETIN", 0),
        ("quiero aprender a vender por whatsapp", 1),
        ("wathsapp", 1),
        ("FOTOGRAFIA", 2),
        ("fotografias", 2),
        ("sacar fotos de mis productos", 2),
        ("ia", 3),
        ("inteligensia artificial", 3),
        ("márquetin", 0),
        ("bender", 1),
    ],
)
def test_a_topic_finds_its_item_first(asked: str, best: int) -> None:
    assert best_first(asked, CATALOGUE)[0] == best


def test_nothing_in_common_finds_nothing_and_no_topic_finds_all() -> None:
    assert best_first("astrofísica", CATALOGUE) == []
    assert best_first("hola, qué tienen?", CATALOGUE) == [0, 1, 2, 3]


def test_everyday_words_do_not_drag_everything_in() -> None:
    assert best_first("fotos para mi negocio", CATALOGUE) == [2]


WORDS = st.text(alphabet="abñ", max_size=5)


def slips(word: str) -> set[str]:
    """What becomes of a word by one slip of the finger."""
    places = range(len(word) + 1)
    dropped = {word[:at] + word[at + 1 :] for at in places}
    added = {word[:at] + letter + word[at:] for at in places for letter in "abñ"}
    mistaken = {word[:at] + letter + word[at + 1 :] for at in range(len(word)) for letter in "abñ"}
    swapped = {word[:at] + word[at : at + 2][::-1] + word[at + 2 :] for at in places}
    return (dropped | added | mistaken | swapped) - {word}


@given(WORDS, WORDS)
def test_one_letter_off_is_exactly_one_slip(one: str, other: str) -> None:
    assert one_letter_off(one, other) == (other in slips(one))
    assert all(one_letter_off(slip, one) for slip in slips(one))


@given(st.text(max_size=40), st.lists(st.tuples(st.text(max_size=20), st.text(max_size=20)), max_size=6))
def test_any_text_finds_each_item_at_most_once(text: str, items: list[tuple[str, str]]) -> None:
    found = best_first(text, items)
    assert len(set(found)) == len(found) <= len(items)
    assert words(text) == words(text.upper().lower()) or not text.isascii()
