"""What emoji without a word get, written or put on a message: the client's policy, without asking the model. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from remanso.model.content import QUIET_KINDS, Reaction, Text
from remanso.model.emoji import only_emoji
from remanso.model.message import Author
from remanso.plugin.config import ClientConfig
from remanso.plugin.emoji_policy import Emoji, EmojiPolicy, heaviest
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


@dataclass(frozen=True)
class _Sign:
    """Emoji without a word, and the message that a reaction in return is put on."""

    said: LogMessage
    policy: EmojiPolicy
    wamid: str | None


def gesture_for(config: ClientConfig, scene: Scene) -> Gesture | None:
    """The answer to this turn without the model; None when the model is needed.

    It is where anything but emoji was said, and where the bot had asked: then a thumbs-up is an answer.
    """
    burst = [said for said in scene.log if said.author == Author.CONTACT and said.turn_id == scene.turn.id]
    signs = _signs(config.emoji, burst)
    if scene.steps or not signs or not all(map(_says_nothing_else, burst)):
        return None
    policy = heaviest([sign.policy for sign in signs])
    if policy == "model" or any(_answers(sign, scene) for sign in signs):
        return None
    newest = next(sign for sign in reversed(signs) if sign.policy == policy)
    match policy:
        case "react" if newest.wamid is not None:
            return React(config.emoji.emoji, newest.wamid)
        case "text":
            return Say(config.text("emoji", scene.contact.language))
        case _:
            return Ignore()


def _signs(emoji: Emoji, burst: Sequence[LogMessage]) -> list[_Sign]:
    """The emoji of a burst in order; of several reactions to one message the last, which is the one that is seen."""
    signs: list[_Sign] = []
    for said in burst:
        content = said.contact_content
        if isinstance(content, Reaction):
            signs = [sign for sign in signs if not _is_reaction_to(content.target, sign.said)]
            signs.append(_Sign(said, emoji.for_reaction(content), content.target))
        elif isinstance(content, Text) and only_emoji(content.text):
            signs.append(_Sign(said, emoji.for_text(content.text), said.wamid))
    return signs


def _is_reaction_to(wamid: str, said: LogMessage) -> bool:
    content = said.contact_content
    return isinstance(content, Reaction) and content.target == wamid


def _says_nothing_else(said: LogMessage) -> bool:
    """Emoji, or one of the kinds that ask for no answer by themselves. A reply to a certain message may mean a lot."""
    content = said.contact_content
    if content.kind in QUIET_KINDS:
        return True
    return isinstance(content, Text) and only_emoji(content.text) and said.quoted is None


def _answers(sign: _Sign, scene: Scene) -> bool:
    """Whether the last thing said to the contact before it held a question; of a reaction, if it was put on that."""
    before = [said for said in scene.log if said.author != Author.CONTACT and _precedes(said, sign.said)]
    said_last = next((text for said in reversed(before) if (text := str(said.content.get("text") or ""))), "")
    content = sign.said.contact_content
    if isinstance(content, Reaction):
        if sign.policy == "ignore":
            return False
        target = str(scene.targets.get(content.target, {}).get("text") or "")
        return "?" in target and target in said_last
    return "?" in said_last


def _precedes(said: LogMessage, sign: LogMessage) -> bool:
    return (said.position or 0) < (sign.position or 0)
