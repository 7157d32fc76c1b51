"""What an agent opens files with, and how sound becomes words: in words of ours, as `asking` does for the model."""

from dataclasses import dataclass, field
from typing import Protocol

from remanso.channels.whatsapp.media import MediaClient


@dataclass(frozen=True)
class Sound:
    """What is to be heard. `name` has the extension by which the format is known; `label` is for the provider's logs.

    `languages` (ISO 639-1) and `keywords` are what it probably holds.
    """

    content: bytes = field(repr=False)
    name: str
    mime_type: str
    languages: tuple[str, ...]
    keywords: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class Heard:
    """The words, and what was billed: by the length of the sound or by tokens, as the provider likes."""

    text: str
    model: str
    request_id: str | None
    seconds: float | None
    input_tokens: int = 0
    output_tokens: int = 0


class NotHeard(Exception):
    """Sound that did not become words; `reason` is one of a few words of ours."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Transcriber(Protocol):
    async def hear(self, sound: Sound) -> Heard:
        """Raises NotHeard, and nothing else but a cancellation."""
        ...


@dataclass(frozen=True)
class Senses:
    files: MediaClient
    transcriber: Transcriber
