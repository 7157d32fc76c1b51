"""How files read for the model once somebody has opened them, or has tried to, in both languages."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from remanso.model.content import Media
from remanso.model.media import MediaState
from remanso.store.media import StoredMedia
from services.agent.phrases import EN, ES, Phrases
from services.agent.wording import readable_size, worded

VOICE = Media(kind="audio", media_id="1", voice=True)
SONG = Media(kind="audio", media_id="1")
PHOTO = Media(kind="image", media_id="1", caption="¿es este?")
PDF = Media(kind="document", media_id="1", filename="cv.pdf", mime_type="application/pdf")
STICKER = Media(kind="sticker", media_id="1", animated=True)


def opened(state: MediaState, **told: Any) -> StoredMedia:
    unknown = {"reason": None, "mime_type": None, "size": None, "transcript": None}
    return StoredMedia(
        UUID(int=1),
        UUID(int=2),
        "audio",
        state,
        audio_seconds=None,
        cost_usd=Decimal(0),
        **(unknown | told),
    )


HEARD, SEEN, NAMED, FAILED = MediaState.HEARD, MediaState.SEEN, MediaState.NAMED, MediaState.FAILED


@pytest.mark.parametrize(
    ("media", "became", "shown", "spanish", "english"),
    [
        (
            VOICE,
            opened(HEARD, transcript="quiero\n el de Excel"),
            False,
            "[Nota de voz, transcripta: «quiero el de Excel»]",
            "[Voice message, transcribed: “quiero el de Excel”]",
        ),
        (
            VOICE,
            opened(HEARD, transcript=""),
            False,
            "[Nota de voz, sin palabras reconocibles]",
            "[Voice message, without recognisable words]",
        ),
        (
            VOICE,
            opened(FAILED, reason="transcription"),
            False,
            "[Nota de voz que no se pudo escuchar]",
            "[Voice message that could not be heard]",
        ),
        (
            SONG,
            opened(FAILED, reason="too_long"),
            False,
            "[Audio que no se pudo escuchar; dura demasiado]",
            "[Audio that could not be heard; it is too long]",
        ),
        (
            PHOTO,
            opened(SEEN),
            True,
            "[Imagen, con el texto «¿es este?»; va adjunta]",
            "[Image, with the text “¿es este?”; attached]",
        ),
        (
            PHOTO,
            opened(SEEN),
            False,
            "[Imagen, con el texto «¿es este?»; ya no se muestra]",
            "[Image, with the text “¿es este?”; no longer shown]",
        ),
        (
            PHOTO,
            opened(FAILED, reason="wrong_hash"),
            False,
            "[Imagen que no se pudo ver, con el texto «¿es este?»]",
            "[Image that could not be seen, with the text “¿es este?”]",
        ),
        (
            PDF,
            opened(NAMED, size=120_400),
            False,
            "[Documento, archivo «cv.pdf», de tipo application/pdf, 120 kB; su contenido no se puede ver ni escuchar]",
            "[Document, file “cv.pdf”, of type application/pdf, 120 kB; its content cannot be seen or heard]",
        ),
        (
            STICKER,
            opened(NAMED),
            False,
            "[Sticker animado; su contenido no se puede ver ni escuchar]",
            "[Animated sticker; its content cannot be seen or heard]",
        ),
        (
            VOICE,
            None,
            False,
            "[Nota de voz; su contenido no se puede ver ni escuchar]",
            "[Voice message; its content cannot be seen or heard]",
        ),
    ],
)
def test_a_file_reads_as_what_became_of_it(
    media: Media, became: StoredMedia | None, shown: bool, spanish: str, english: str
) -> None:
    assert worded(media, ES, {}, opened=became, shown=shown) == spanish
    assert worded(media, EN, {}, opened=became, shown=shown) == english


@pytest.mark.parametrize("phrases", [ES, EN])
def test_every_kind_that_can_fail_has_words_for_it(phrases: Phrases) -> None:
    for kind in ("audio", "image"):
        assert phrases.not_opened[kind] in worded(
            Media.model_validate({"kind": kind, "media_id": "1"}), phrases, {}, opened=opened(FAILED, reason="broke")
        )


def test_sizes_are_told_as_people_say_them() -> None:
    assert [readable_size(size) for size in (0, 999, 1_000, 120_400, 3_456_000)] == [
        "0 B",
        "999 B",
        "1 kB",
        "120 kB",
        "3.5 MB",
    ]
