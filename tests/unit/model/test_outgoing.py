"""The channel's limits, checked where a message is made; and what is stored of it."""

from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from remanso.errors import BadInput
from remanso.model.outgoing import Button, Buttons, Outgoing, Text, read_outgoing
from remanso.model.outgoing_base import limits_told
from tests.support.outgoings import outgoings


def buttons(*titles: str, **more: Any) -> dict[str, Any]:
    made = [{"id": str(place), "title": title} for place, title in enumerate(titles)]
    return {"type": "buttons", "text": "¿Cuál?", "buttons": made} | more


def rows(number: int, **more: Any) -> dict[str, Any]:
    return {"rows": [{"id": f"r{place}", "title": "Fila", **more} for place in range(number)]}


def a_list(*sections: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "list", "text": "¿Cuál?", "label": "Ver", "sections": list(sections)} | more


def media(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "link": "https://cdn.example/a"} | more


LINK = {"type": "cta_url", "text": "Mirá", "label": "Abrir", "url": "https://shop.example/x"}
REACTION = {"type": "reaction", "target": "wamid.X", "emoji": "👍"}


@pytest.mark.parametrize(
    ("payload", "limit"),
    [
        ({"type": "text", "text": ""}, "text: must say something"),
        ({"type": "text", "text": " \n"}, "text: must say something"),
        ({"type": "text", "text": "x" * 4097}, "at most 4096"),
        ({"type": "text", "text": "half \ud83d"}, "text"),
        (buttons(), "at least 1"),
        (buttons("a", "b", "c", "d"), "at most 3"),
        (buttons("x" * 21), "title: String should have at most 20"),
        (buttons(" "), "title: String should have at least 1"),
        (buttons("Sí", "Sí "), "the same title stands here twice"),
        (buttons("Sí", buttons=[{"id": "1", "title": "a"}, {"id": "1", "title": "b"}]), "the same id"),
        (buttons("Sí", text="x" * 1025), "text: String should have at most 1024"),
        (buttons("Sí", header="x" * 61), "header: String should have at most 60"),
        (buttons("Sí", footer="x" * 61), "footer: String should have at most 60"),
        (buttons("Sí", buttons=[{"id": "x" * 257, "title": "a"}]), "id: String should have at most 256"),
        (a_list(), "at least 1"),
        (a_list(rows(0)), "at least 1"),
        (a_list(rows(11)), "at most 10"),
        (a_list({**rows(5), "title": "A"}, {"rows": rows(7)["rows"][1:], "title": "B"}), "at most 10 rows"),
        (a_list(rows(1), {"rows": [{"id": "x", "title": "x"}], "title": "B"}), "every section needs a title"),
        (a_list({**rows(1), "title": "A"}, {**rows(1), "title": "B"}), "the same id stands here twice"),
        (a_list(rows(1, title="x" * 25)), "title: String should have at most 24"),
        (a_list(rows(1, description="x" * 73)), "description: String should have at most 72"),
        (a_list({**rows(1), "title": "x" * 25}), "title: String should have at most 24"),
        (a_list(rows(1), label="x" * 21), "label: String should have at most 20"),
        (a_list(rows(1), text="x" * 4097), "text: String should have at most 4096"),
        (a_list({"rows": [{"id": "x" * 201, "title": "x"}]}), "id: String should have at most 200"),
        (LINK | {"label": "x" * 21}, "label"),
        (LINK | {"url": "http://shop.example/x"}, "url"),
        (LINK | {"url": "https://shop.example/a b"}, "url"),
        (media("image", id="7"), "exactly one of `id`, `link`, `file` and `attachment`"),
        ({"type": "image"}, "exactly one of `id`, `link`, `file` and `attachment`"),
        (media("image", caption="x" * 1025), "caption: String should have at most 1024"),
        (media("audio", caption="hola"), "`caption` is not possible with audio"),
        (media("sticker", caption="hola"), "`caption` is not possible with sticker"),
        (media("video", filename="a.mp4"), "`filename` is not possible with video"),
        (media("document", voice=True), "`voice` is not possible with document"),
        (media("document", filename="x" * 241), "filename: String should have at most 240"),
        ({"type": "location_request", "text": "x" * 1025}, "at most 1024"),
        ({"type": "contact_info_request", "text": ""}, "at least 1"),
        (REACTION | {"emoji": "ok"}, "must be one emoji, or empty"),
        (REACTION | {"emoji": "👍 👍"}, "must be one emoji, or empty"),
        (REACTION | {"target": ""}, "target"),
        ({"type": "hologram"}, "`type` names no kind of message"),
        ({"text": "hola"}, "`type` names no kind of message"),
    ],
)
def test_what_is_beyond_a_limit_is_refused_by_name(payload: dict[str, Any], limit: str) -> None:
    with pytest.raises(BadInput, match=limit):
        read_outgoing(payload)


@given(outgoings)
def test_what_is_stored_is_read_back(message: Outgoing) -> None:
    assert read_outgoing(message.payload()) == message


def test_payloads_stored_before_there_were_kinds_are_read() -> None:
    assert read_outgoing({"type": "text", "text": "hola"}) == Text(text="hola")
    old = {"type": "buttons", "text": "¿Sí?", "buttons": [{"id": "y", "title": "Sí"}]}
    assert read_outgoing(old) == Buttons(text="¿Sí?", buttons=(Button(id="y", title="Sí"),))


def test_a_newer_writers_keys_are_passed_over() -> None:
    assert read_outgoing({"type": "text", "text": "hola", "colour": "blue"}) == Text(text="hola")


def test_no_value_is_repeated_in_an_error() -> None:
    secret = "me llamo Ana y vivo lejos"
    with pytest.raises(BadInput) as refused:
        read_outgoing(buttons(secret))
    assert secret not in str(refused.value)
    with pytest.raises(BadInput), limits_told():
        Text(text="")
    with pytest.raises(ValidationError):
        Text(text="")


def test_words_are_what_somebody_wrote() -> None:
    message = Buttons(text="¿Sí?", buttons=(Button(id="y", title="Dale"),), footer="pie", quoted="wamid.X")
    assert sorted(message.words()) == sorted(["¿Sí?", "y", "Dale", "pie", "wamid.X"])
