"""A client's collections: declared, seeded, asked. The rows come from memory here, as in a client's own tests."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl
from structlog.testing import capture_logs

from remanso.errors import ConfigurationError
from remanso.plugin import Catalogue, Collection, Facts, Item
from remanso.plugin.catalogue import StoredItem
from remanso.plugin.seeds import read_seeds
from remanso.testing import catalogue_of
from remanso.testing.catalogue import MemoryShelf


class Course(Item):
    slug: str
    name: str
    price: Decimal
    starts: date
    url: HttpUrl = HttpUrl("https://example.com/")
    topics: tuple[str, ...] = ()


class Room(Item):
    number: str

    def facts(self) -> dict[str, Any]:
        return {}


COURSES = Collection(Course, name="courses", key="slug", title="name", search=("name", "topics"))
ROOMS = Collection(Room, name="rooms", key="number", title="number")
PAN = Course(slug="pan", name="Panadería casera", price=Decimal("12.50"), starts=date(2027, 3, 8), topics=("hornear",))
FOTO = Course(slug="foto", name="Fotografía", price=Decimal(20), starts=date(2027, 4, 1))
OLD = Course(slug="old", name="Télex", price=Decimal(1), starts=date(1980, 1, 1), active=False)


def stocked(*items: Item) -> Catalogue:
    return catalogue_of((COURSES, ROOMS), *(items or (PAN, FOTO, OLD)))


async def test_items_come_back_typed_and_equal() -> None:
    courses = stocked().of(Course)
    assert await courses.get("pan") == PAN
    assert await courses.all() == [PAN, FOTO]
    assert await courses.get("none") is None


async def test_inactive_items_are_found_only_when_asked_for() -> None:
    courses = stocked().of(Course)
    assert await courses.get("old") is None
    assert await courses.get("old", inactive=True) == OLD
    assert await courses.all(inactive=True) == [PAN, FOTO, OLD]
    assert await courses.search("telex") == []
    assert await courses.search("telex", inactive=True) == [OLD]


async def test_a_search_looks_into_the_fields_that_were_named() -> None:
    courses = stocked().of(Course)
    assert await courses.search("hornear") == [PAN]
    assert await courses.search("fotos") == [FOTO]
    assert await courses.search("") == [PAN, FOTO]
    assert await courses.search("", limit=1) == [PAN]


async def test_facts_have_title_and_typed_values() -> None:
    (fact, _) = await stocked().of(Course).facts()
    assert (fact.title, fact.values["price"], fact.values["starts"]) == ("Panadería casera", PAN.price, PAN.starts)
    assert "active" not in fact.values
    everything = await stocked(PAN, Room(number="7")).facts()
    assert everything[-1] == Facts("rooms", "7", "7", {})


async def test_rows_that_do_not_fit_are_named_and_left_out() -> None:
    good = StoredItem("pan", PAN.model_dump(mode="json") | {"of_a_later_version": 1})
    bad = StoredItem("odd", {"slug": "odd", "name": "x", "price": "much", "starts": "soon"})
    catalogue = Catalogue((COURSES,), MemoryShelf({"courses": [bad, good]}))
    with capture_logs() as told:
        assert await catalogue.of(Course).all() == [PAN]
    assert [(line["collection"], line["key"], line["fields"]) for line in told] == [
        ("courses", "odd", ["price", "starts"])
    ]


async def test_a_model_nobody_declared_is_named() -> None:
    with pytest.raises(LookupError, match="Room"):
        Catalogue((COURSES,), MemoryShelf({})).of(Room)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"name": "Our Courses"}, "small letters"),
        ({"key": "id"}, "no field `id`"),
        ({"key": "price"}, "must be a text"),
        ({"title": "titel"}, "no field `titel`"),
        ({"search": ("name", "about")}, "no field `about`"),
    ],
)
def test_a_declaration_that_cannot_work_is_told(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        Collection(Course, **{"name": "courses", "key": "slug", "title": "name", **wrong})


def seeds(folder: Path, *items: Any) -> Path:
    (folder / "seeds").mkdir()
    (folder / "seeds" / "courses.json").write_text(json.dumps(items))
    return folder


def test_seeds_are_read_in_order_by_key(tmp_path: Path) -> None:
    assert read_seeds(tmp_path, COURSES) == {}
    given = [course.model_dump(mode="json") for course in (PAN, FOTO)]
    assert list(read_seeds(seeds(tmp_path, *given), COURSES).items()) == [("pan", given[0]), ("foto", given[1])]


def test_every_problem_of_a_seed_file_is_told(tmp_path: Path) -> None:
    good = FOTO.model_dump(mode="json")
    with pytest.raises(ConfigurationError) as refused:
        read_seeds(seeds(tmp_path, good, good, {**good, "slug": "b", "prize": 1}, 5), COURSES)
    for told in ("item 1: there is a `foto`", "item 2: prize: no such key; did you mean `price`?", "item 3: it: "):
        assert told in str(refused.value)


@pytest.mark.parametrize("text", ["{", '{"a": 1}'])
def test_a_seed_file_that_is_no_list_is_told(tmp_path: Path, text: str) -> None:
    seeds(tmp_path)
    (tmp_path / "seeds" / "courses.json").write_text(text)
    with pytest.raises(ConfigurationError, match=r"seeds/courses\.json"):
        read_seeds(tmp_path, COURSES)
