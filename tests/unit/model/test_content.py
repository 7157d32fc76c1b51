"""What a message says, on the wire and for the burst."""

import pytest
from hypothesis import given
from pydantic import TypeAdapter

from remanso.model.content import (
    QUIET_KINDS,
    Choice,
    Content,
    Edit,
    Form,
    IdentityChange,
    Location,
    Media,
    Order,
    Reaction,
    Revoke,
    Text,
    Unsupported,
    looks_finished,
    opens_burst,
)
from tests.support.contents import contents

CONTENT: TypeAdapter[Content] = TypeAdapter(Content)


@given(contents)
def test_survives_the_way_through_json(content: Content) -> None:
    wire = CONTENT.dump_json(content, exclude_none=True)
    assert CONTENT.validate_json(wire) == content


@given(contents)
def test_an_older_reader_ignores_what_is_new(content: Content) -> None:
    assert CONTENT.validate_python(CONTENT.dump_python(content, mode="json") | {"newer": 1}) == content


def test_a_number_json_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="finite"):
        Location(latitude=float("inf"), longitude=0)


@pytest.mark.parametrize(
    ("content", "opens"),
    [
        (Text(text=""), True),
        (Media(kind="audio", media_id="1"), True),
        (Location(latitude=0, longitude=0), True),
        (Unsupported(), True),
        (Reaction(target="w"), False),
        (Edit(target="w"), False),
        (Revoke(target="w"), False),
        (IdentityChange(reason="new number"), False),
    ],
)
def test_what_asks_for_an_answer(content: Content, opens: bool) -> None:
    assert opens_burst(content) is opens
    assert (content.kind in QUIET_KINDS) is not opens


@pytest.mark.parametrize(
    ("content", "finished"),
    [
        (Text(text="¿cuánto sale?"), True),
        (Text(text="¿cuánto sale? \n"), True),
        (Text(text="hola"), False),
        (Text(text=""), False),
        (Choice(choice_id="1", title="Sí"), True),
        (Form(), True),
        (Order(), True),
        (Media(kind="image", media_id="1", caption="¿y esto?"), False),
    ],
)
def test_what_looks_finished(content: Content, finished: bool) -> None:
    assert looks_finished(content) is finished
