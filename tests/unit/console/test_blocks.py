"""A dialog's days are those of the client's zone, whatever UTC says."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from remanso.model.dialog import Entry, EntryKind, Visibility
from remanso.model.message import Author
from services.console.dialog.blocks import lines


def said(at: str) -> Entry:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    return Entry(EntryKind.MESSAGE, Visibility.CONTACT, moment, {"text": "hola"}, author=Author.CONTACT, id=at)


def test_an_evening_in_buenos_aires_is_one_day() -> None:
    evening = [said("2026-11-28T23:50"), said("2026-11-29T00:10"), said("2026-11-29T03:10")]
    drawn = lines(evening, [], ZoneInfo("America/Argentina/Buenos_Aires"))
    assert [line.day for line in drawn] == [date(2026, 11, 28), None, date(2026, 11, 29)]
    assert [line.continues for line in drawn] == [False, True, False]
    assert [bool(line.day) for line in lines(evening, [], ZoneInfo("UTC"))] == [True, True, False]
