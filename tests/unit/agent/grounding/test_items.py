"""What tool results tell, whatever the shape a client's tools give them."""

import json
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from services.agent.grounding.items import Told, read_result
from services.agent.grounding.values import Amount, Day, Hour, Link, Money, Number, Percent, Value

ZONE = ZoneInfo("America/Argentina/Buenos_Aires")


def told(result: Any) -> list[Told]:
    return read_result(result if isinstance(result, str) else json.dumps(result), ZONE).told


def values(result: Any) -> list[Value]:
    return [one.value for one in told(result)]


def test_an_objects_values_are_its_titles() -> None:
    courses = [{"title": "A b", "weeks": 3}, {"title": "C d", "weeks": 4}]
    found = told({"courses": courses})
    assert Told(Amount(Decimal(3), "week"), ("A b",)) in found
    assert Told(Amount(Decimal(4), "week"), ("C d",)) in found
    assert Told(Amount(Decimal(2), "listed")) in found, "one may say how many there are"


def test_what_lies_deeper_belongs_to_all_around_it() -> None:
    found = told({"school": {"name": "S t", "courses": [{"title": "A b", "weeks": 3}]}})
    assert Told(Amount(Decimal(3), "week"), ("S t", "A b")) in found


def test_prices_take_the_currency_beside_or_around_them() -> None:
    assert Money(Decimal(75), "USD") in values({"title": "A", "price": 75, "currency": "USD"})
    assert Money(Decimal("19800"), "ARS") in values({"currency": "ARS", "plans": [{"each": 19800}]})
    assert Money(Decimal(9), "USD") in values({"price_usd": 9})
    assert Money(Decimal(38000), "$") in values({"precio": "$38.000"})
    assert Money(Decimal(38000), "$") in values({"precio": "38000"})


def test_a_key_tells_what_a_number_counts() -> None:
    assert values({"duration_minutes": 50}) == [Amount(Decimal(50), "minute")]
    assert values({"cupos": 2}) == [Amount(Decimal(2), "seat")]
    assert values({"discount_percent": 15}) == [Percent(Decimal(15))]
    assert values({"level": 3}) == [Amount(Decimal(3), "level")]
    assert values({"whatever": 7}) == [Number(Decimal(7))]


def test_ids_and_flags_tell_nothing() -> None:
    assert values({"id": 48, "course_id": "7", "ok": True, "gone": None}) == []


def test_instants_are_told_by_the_clients_clock() -> None:
    assert values({"at": "2027-02-22T22:00:00Z"}) == [Day(2, 22, 2027), Hour(19 * 60)]
    assert values({"at": "2027-02-22T19:00:00"}) == [Day(2, 22, 2027), Hour(19 * 60)]


def test_a_result_that_was_cut_off_still_tells_its_beginning() -> None:
    whole = json.dumps({"courses": [{"title": "A b", "price": 5}, {"title": "C d", "price": 6}]})
    cut = {"ok": True, "cut": True, "beginning": whole[: whole.index('"price": 6')]}
    assert Told(Money(Decimal(5), "$"), ("A b",)) in told(cut)


def test_plain_words_tell_what_they_say_of_what_they_name_first() -> None:
    assert told("Son 8 semanas") == [Told(Amount(Decimal(8), "week"))]
    assert told('Curso "A b": 8 semanas\nAdemás https://x.example/a') == [
        Told(Amount(Decimal(8), "week"), ("A b",)),
        Told(Link("x.example/a")),
    ]


def test_a_person_is_no_item() -> None:
    assert all(not one.items for one in told({"name": "Ana", "email": "a@x.example", "age": 30}))
