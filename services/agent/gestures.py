"""What a burst of nothing but emoji gets: the client's policy, without asking the model. Pure."""

from dataclasses import dataclass

from remanso.model.content import QUIET_KINDS, Text
from remanso.model.emoji import only_emoji
from remanso.model.message import Author
from remanso.plugin.config import ClientConfig
from remanso.store.messages import LogMessage
from services.agent.scene import Scene


@dataclass(frozen=True)
class Ignore:
    """The contact has said enough for both."""


@dataclass(frozen=True)
class React:
    emoji: str
    wamid: str
    """The message that gets it."""


@dataclass(frozen=True)
class Say:
    text: str


Gesture = Ignore | React | Say


def gesture_for(config: ClientConfig, scene: Scene) -> Gesture | None:
    """The answer to this turn without the model; None when the model is needed.

    It is where anything but emoji was said, and where the bot had asked: then a thumbs-up is an answer.
    """
    burst = [said for said in scene.log if said.author == Author.CONTACT and said.turn_id == scene.turn.id]
    signs = [said for said in burst if _is_emoji(said)]
    if config.emoji.policy == "model" or scene.steps or not signs or not all(map(_says_nothing_else, burst)):
        return None
    if _bot_asked(scene, burst[0]):
        return None
    match config.emoji.policy:
        case "react" if signs[-1].wamid is not None:
            return React(config.emoji.emoji, signs[-1].wamid)
        case "text":
            return Say(config.text("emoji", scene.contact.language))
        case _:
            return Ignore()


def _is_emoji(said: LogMessage) -> bool:
    content = said.contact_content
    return isinstance(content, Text) and only_emoji(content.text)


def _says_nothing_else(said: LogMessage) -> bool:
    """Emoji, or one of the kinds that ask for no answer by themselves. A reply to a certain message may mean a lot."""
    return (_is_emoji(said) and said.quoted is None) or said.content.get("kind") in QUIET_KINDS


def _bot_asked(scene: Scene, first: LogMessage) -> bool:
    """Whether the last thing said to the contact before `first` held a question."""
    before = [said for said in scene.log if said.author != Author.CONTACT and _precedes(said, first)]
    said_last = next((text for said in reversed(before) if (text := str(said.content.get("text") or ""))), "")
    return "?" in said_last


def _precedes(said: LogMessage, first: LogMessage) -> bool:
    return (said.position or 0) < (first.position or 0)
