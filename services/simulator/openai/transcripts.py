"""What the stand-in hears: transcripts told in advance by a test, else a sentence that the bytes of the file choose."""

import hashlib
import struct
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SAYINGS = {
    "es": (
        "Hola, quería saber qué cursos de marketing tienen y cuánto salen.",
        "Buenas, me interesa el curso de Excel, ¿me pasás más información?",
        "Hola, ¿tienen algún curso de fotografía?",
    ),
    "en": (
        "Hi, I would like to know which marketing courses you have and how much they cost.",
        "Hello, I am interested in a course about Excel, could you tell me more?",
        "Hi, do you have a photography course?",
    ),
}
_SAMPLES_PER_SECOND = 48_000  # of every Opus stream (RFC 7845)
_BYTES_PER_SECOND = 2_000


class TranscriptOrder(BaseModel):
    """One transcript, given `times` times (None: until cleared) for any file, or for the one of this `sha256` (hex).

    `usage` says how it is billed, `seconds` for how long a sound; `latency` is in seconds too.
    """

    model_config = ConfigDict(extra="forbid")

    text: str
    sha256: str | None = None
    times: int | None = Field(1, ge=1)
    seconds: float | None = Field(None, ge=0)
    usage: Literal["duration", "tokens"] = "duration"
    latency: float = Field(0.0, ge=0)


class Transcripts:
    """The transcripts still to be given."""

    def __init__(self) -> None:
        self._orders: list[TranscriptOrder] = []

    def add(self, orders: list[TranscriptOrder]) -> None:
        self._orders.extend(order.model_copy() for order in orders)

    def next(self, content: bytes, languages: list[str]) -> TranscriptOrder:
        """The first that fits this file, one of its times used up; without any, what the rules hear."""
        digest = hashlib.sha256(content).hexdigest()
        for order in self._orders:
            if order.sha256 in (None, digest):
                self._use(order)
                return order
        sayings = SAYINGS.get(languages[0] if languages else "es", SAYINGS["es"])
        return TranscriptOrder(text=sayings[int(digest, 16) % len(sayings)])

    def _use(self, order: TranscriptOrder) -> None:
        if order.times is not None:
            order.times -= 1
            if order.times == 0:
                self._orders.remove(order)

    def waiting(self) -> list[dict[str, Any]]:
        return [order.model_dump(exclude_none=True) for order in self._orders]

    def clear(self) -> None:
        self._orders.clear()


def length_of(content: bytes) -> float:
    """Seconds of sound: what the last page of an Ogg file says, else a guess by size."""
    last = content.rfind(b"OggS")
    if not content.startswith(b"OggS") or len(content) < last + 14:
        return round(len(content) / _BYTES_PER_SECOND, 2)
    samples: int = struct.unpack_from("<q", content, last + 6)[0]
    return round(samples / _SAMPLES_PER_SECOND, 2)
