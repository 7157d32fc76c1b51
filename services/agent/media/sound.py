"""What can be told of a sound file without hearing it. Pure."""

import struct

EXTENSIONS = {
    "audio/ogg": "ogg",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/wav": "wav",
    "audio/webm": "webm",
    "audio/flac": "flac",
}
"""What OpenAI takes, of what WhatsApp brings (its other formats are amr and bare aac); openai-python 3.54."""

SAMPLES_PER_SECOND = 48_000
"""In which an Opus stream counts, whatever it was recorded with (RFC 7845)."""

_ONE_DAY = 24 * 3600 * SAMPLES_PER_SECOND
"""Longer than any file that WhatsApp carries: a page that says more is broken."""

BYTES_PER_SECOND = 4_000
"""Of formats whose length stands nowhere simple: 32 kbit/s, so that they seem rather too long than too short."""


FEWEST_BYTES_PER_SECOND = 750
"""Of sound that somebody speaks: Opus' lowest rate, 6 kbit/s (RFC 6716). WhatsApp's voice notes have thrice that."""


def bare_type(mime_type: str | None) -> str:
    """`audio/ogg` of `audio/ogg; codecs=opus`."""
    return (mime_type or "").partition(";")[0].strip().lower()


def file_name(mime_type: str | None) -> str | None:
    """A name by whose extension the format is known; None for a format that cannot be heard."""
    extension = EXTENSIONS.get(bare_type(mime_type))
    return extension and f"voice.{extension}"


def seconds_of(content: bytes) -> float:
    """How long it plays: by the last page of an Ogg Opus file, else guessed from its size."""
    last = content.rfind(b"OggS")
    if content[:4] != b"OggS" or b"OpusHead" not in content[:64] or len(content) < last + 14:
        return len(content) / BYTES_PER_SECOND
    samples: int = struct.unpack_from("<q", content, last + 6)[0]
    return samples / SAMPLES_PER_SECOND if 0 < samples < _ONE_DAY else len(content) / BYTES_PER_SECOND


def most_seconds_of(content: bytes) -> float:
    """How long it can play at most, whatever its last page says, and one more: providers bill whole seconds."""
    return max(seconds_of(content), len(content) / FEWEST_BYTES_PER_SECOND) + 1.0
