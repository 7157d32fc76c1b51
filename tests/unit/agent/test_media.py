"""What is done with files: pure choices, budgets, and what can be told of bytes without a model."""

import struct
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.model.content import Media
from remanso.model.media import MediaState
from remanso.plugin.behaviour import MinutePrice
from remanso.plugin.config import ClientConfig
from remanso.store.media import StoredMedia
from remanso.store.messages import LogMessage
from services.agent.media.choice import Choice, Purse, choose
from services.agent.media.opening import bill
from services.agent.media.pictures import picture_type, shown
from services.agent.media.senses import Heard
from services.agent.media.sound import BYTES_PER_SECOND, file_name, seconds_of
from services.simulator.graph.samples import samples
from tests.support import school
from tests.unit.agent.test_prompt import identity, message

OGG, PNG = samples()["audio"][1], samples()["image"][1]
BLIND = school.config()
SEEING = school.config(model={"model": "gpt-6-luna", "vision": True})


@pytest.mark.parametrize(
    ("media", "config", "before", "choice"),
    [
        (Media(kind="audio", media_id="1", mime_type="audio/ogg; codecs=opus"), BLIND, 0, Choice.HEAR),
        (Media(kind="audio", media_id="1", mime_type="audio/ogg"), BLIND, 10, Choice.TOO_MANY),
        (Media(kind="audio", media_id="1", mime_type="audio/amr"), BLIND, 0, Choice.FORMAT),
        (Media(kind="audio", media_id="1"), BLIND, 0, Choice.FORMAT),
        (Media(kind="image", media_id="1"), SEEING, 0, Choice.LOOK),
        (Media(kind="image", media_id="1"), SEEING, 10, Choice.TOO_MANY),
        (Media(kind="image", media_id="1"), BLIND, 10, Choice.NAME),
        (Media(kind="document", media_id="1"), SEEING, 9, Choice.ASK_SIZE),
        (Media(kind="document", media_id="1"), SEEING, 10, Choice.NAME),
        (Media(kind="video", media_id="1"), SEEING, 0, Choice.NAME),
        (Media(kind="sticker", media_id="1"), SEEING, 0, Choice.NAME),
    ],
)
def test_what_is_done_with_a_file(media: Media, config: ClientConfig, before: int, choice: Choice) -> None:
    assert choose(media, config, before) == choice


def test_what_was_heard_is_taken_off_the_minutes_and_nothing_beyond_them() -> None:
    purse = Purse.of(BLIND, [stored(1, audio_seconds=500.0), stored(2)])
    assert purse.seconds == 100
    assert [purse.take(60), purse.take(60), purse.take(40), purse.take(0.1)] == [True, False, True, False]


def test_the_length_of_a_voice_note_is_read_and_any_others_is_guessed() -> None:
    assert seconds_of(OGG) == 1.0
    assert seconds_of(b"ID3" + bytes(2 * BYTES_PER_SECOND - 3)) == 2.0
    assert seconds_of(b"") == 0
    broken = OGG[: OGG.rfind(b"OggS") + 6] + struct.pack("<q", -1) + OGG[OGG.rfind(b"OggS") + 14 :]
    assert seconds_of(broken) == len(broken) / BYTES_PER_SECOND


@given(st.binary(max_size=60), st.integers(0, len(OGG)))
def test_any_bytes_have_a_length_that_is_no_negative_number(rest: bytes, cut: int) -> None:
    assert seconds_of(OGG[:cut] + rest) >= 0


def test_names_have_the_extension_that_tells_the_format() -> None:
    named = [file_name(kind) for kind in ("audio/ogg; codecs=opus", "AUDIO/MPEG", "audio/mp4", "audio/aac", None)]
    assert named == ["voice.ogg", "voice.mp3", "voice.m4a", None, None]


def test_a_picture_is_known_by_its_first_bytes() -> None:
    assert picture_type(PNG) == "image/png"
    assert picture_type(samples()["sticker"][1]) == "image/webp"
    assert picture_type(b"\xff\xd8\xff\xe0") == "image/jpeg"
    assert picture_type(b"<html>") is None


def stored(number: int, state: MediaState = MediaState.HEARD, audio_seconds: float | None = None) -> StoredMedia:
    return StoredMedia(
        identity(number), identity(2), "audio", state, None, None, None, "hola", audio_seconds, Decimal(1)
    )


def picture(number: int, turn: int) -> LogMessage:
    return replace(message("contact", "", turn), id=identity(number))


def test_the_newest_pictures_of_this_turn_and_the_last_are_shown() -> None:
    log = [picture(number, turn) for number, turn in ((1, 1), (2, 2), (3, 2), (4, 3), (5, 3))]
    seen = {identity(number): stored(number, MediaState.SEEN) for number in range(1, 6)}

    def numbers(most: int, turn: int = 3) -> list[UUID]:
        return shown(log, seen, identity(turn), most)

    assert numbers(9) == [identity(number) for number in (2, 3, 4, 5)]
    assert numbers(3) == [identity(number) for number in (3, 4, 5)]
    assert numbers(0) == []
    assert numbers(9, turn=1) == [identity(1)]
    assert shown(log, seen | {identity(5): stored(5, MediaState.FAILED)}, identity(3), 1) == [identity(4)]


def test_sound_is_paid_for_by_the_minute_whoever_measured_it() -> None:
    price = MinutePrice.model_validate({"per_minute": "0.0045", "valid_from": "2026-11-01"})
    by_length = bill(Heard("hola", "gpt-transcribe", "req_1", 30.0), price, 31.0)
    assert (by_length.audio_seconds, by_length.cost_usd) == (30.0, Decimal("0.00225"))
    by_tokens = bill(Heard("hola", "gpt-transcribe", "req_1", None, 300, 5), price, 60.0)
    assert (by_tokens.audio_seconds, by_tokens.cost_usd) == (60.0, Decimal("0.0045"))
    assert (by_tokens.input_tokens, by_tokens.output_tokens) == (300, 5)
    assert bill(Heard("hola", "m", None, 30.0), None, 31.0).cost_usd is None
