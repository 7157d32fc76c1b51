"""What is done with a file, decided before anything is fetched. Pure, but for the purse that keeps count."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from remanso.model.content import Media
from remanso.model.message import Author
from remanso.plugin.config import ClientConfig
from remanso.store.media import StoredMedia
from services.agent.media.sound import file_name
from services.agent.scene import Scene


class Choice(StrEnum):
    HEAR = "hear"
    LOOK = "look"
    ASK_SIZE = "ask_size"
    """A document is told by name and size; Graph knows the size."""
    NAME = "name"
    TOO_MANY = "too_many"
    FORMAT = "format"
    """Sound of a kind that nobody here can turn into words."""


def unopened(scene: Scene) -> list[tuple[UUID, Media]]:
    """The messages of this turn whose files nobody has opened yet, in order."""
    burst = (said for said in scene.log if said.author == Author.CONTACT and said.turn_id == scene.turn.id)
    fresh = ((said.id, said.contact_content) for said in burst if said.id not in scene.media)
    return [(message_id, content) for message_id, content in fresh if isinstance(content, Media)]


def choose(media: Media, config: ClientConfig, opened_before: int) -> Choice:
    """What to do with a file, when so many of its turn were opened, or are being opened, before it."""
    costly = media.kind == "audio" or (media.kind == "image" and config.model.vision)
    if costly and opened_before >= config.media.files:
        return Choice.TOO_MANY
    match media.kind:
        case "audio":
            return Choice.HEAR if file_name(media.mime_type) else Choice.FORMAT
        case "image":
            return Choice.LOOK if config.model.vision else Choice.NAME
        case "document" if opened_before < config.media.files:
            return Choice.ASK_SIZE
        case _:
            return Choice.NAME


@dataclass
class Purse:
    """The seconds of sound that this turn may still have turned into words; its files are opened side by side."""

    seconds: float

    @classmethod
    def of(cls, config: ClientConfig, opened: Iterable[StoredMedia]) -> "Purse":
        """What is left of `media.minutes` after what this turn has heard already."""
        return cls(config.media.minutes * 60 - sum(media.audio_seconds or 0.0 for media in opened))

    def take(self, seconds: float) -> bool:
        """Whether there is enough left; if so it is taken at once, before anybody else asks."""
        if seconds > self.seconds:
            return False
        self.seconds -= seconds
        return True
