"""What a burst of emoji gets, by the client's policy, and when the model is needed all the same."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from remanso.model.content import Content, Location, Media, Reaction, Text
from remanso.model.emoji import is_emoji, only_emoji
from remanso.plugin.config import ClientConfig
from remanso.store.messages import LogMessage
from remanso.store.steps import Step
from services.agent.gestures import Gesture, Ignore, React, Say, gesture_for
from tests.support import school
from tests.unit.agent.test_prompt import identity, message, scene

WORDS = {"fallback": "a", "failed": "b", "feedback": "c"}
TEXTS = {"es": {**WORDS, "emoji": "¡Gracias!"}, "en": {**WORDS, "emoji": "Thanks!"}}


def config(policy: str = "ignore", **more: Any) -> ClientConfig:
    return school.config(emoji={"policy": policy, **more}, texts=TEXTS)


def sent(content: Content | str, position: int, turn: int = 2, **more: Any) -> LogMessage:
    said = Text(text=content) if isinstance(content, str) else content
    told = message("contact", "", turn)
    return replace(told, content=said.model_dump(), position=position, wamid=f"wamid.{position}", **more)


def bot(words: str, position: int = 1) -> LogMessage:
    return replace(message("bot", words, 1, step=10), position=position)


def gesture(policy: str, *log: LogMessage, **known: Any) -> Gesture | None:
    return gesture_for(config(policy), scene(log, **known))


def test_each_policy_has_its_answer() -> None:
    log = (sent("👍", 2), sent(" 😂😂 ", 3))
    assert gesture("model", *log) is None
    assert gesture("ignore", *log) == Ignore()
    assert gesture("react", *log) == React("👍", "wamid.3")
    assert gesture("text", *log) == Say("¡Gracias!")
    assert gesture("text", *log, language="en-GB") == Say("Thanks!")


@pytest.mark.parametrize(
    "other", ["ok", "7", "👍 dale", Media(kind="sticker", media_id="1"), Location(latitude=1, longitude=1)]
)
def test_anything_else_in_the_burst_needs_the_model(other: Content | str) -> None:
    assert gesture("ignore", sent("👍", 2), sent(other, 3)) is None
    assert gesture("ignore", sent(other, 2)) is None


def lone(log: Sequence[LogMessage], **policy: Any) -> Gesture | None:
    return gesture_for(config(**policy), replace(scene(log), targets={"wamid.1": log[0].content}))


def test_reactions_are_ignored_beside_emoji_and_alone_unless_the_client_says_otherwise() -> None:
    reaction = Reaction(target="wamid.1", emoji="❤️")
    assert gesture("react", sent("👍", 2), sent(reaction, 3)) == React("👍", "wamid.2")
    assert gesture("react", sent(reaction, 2)) == Ignore()
    log = (bot("Listo."), sent(reaction, 2))
    assert lone(log, reactions="react", emoji="🙏") == React("🙏", "wamid.1")
    assert lone(log, reactions="text") == Say("¡Gracias!")
    assert lone(log, reactions="model") is None
    assert lone((bot("Listo."), sent("👍", 2), sent(reaction, 3)), reactions="text") == Say("¡Gracias!")


def test_certain_emoji_have_a_policy_of_their_own_whatever_their_tone() -> None:
    signs = {"👎": "model", "❤": "text"}
    for sign, expected in (("👎🏽", None), ("❤️", Say("¡Gracias!")), ("👍", Ignore())):
        assert lone((bot("Listo."), sent(Reaction(target="wamid.1", emoji=sign), 2)), signs=signs) == expected
        assert lone((bot("Listo."), sent(sign, 2)), signs=signs) == expected
    assert lone((bot("Listo."), sent("👍❤️", 2)), signs=signs) == Say("¡Gracias!"), "the one that asks for most"


def test_of_reactions_to_one_message_the_last_counts_and_one_taken_back_is_none() -> None:
    first, gone = Reaction(target="wamid.1", emoji="👎"), Reaction(target="wamid.1", emoji=None)
    assert lone((bot("Listo."), sent(first, 2), sent(gone, 3)), signs={"👎": "model"}) == Ignore()


def test_a_reaction_answers_a_question_if_it_was_put_on_it() -> None:
    thumb = Reaction(target="wamid.1", emoji="👍")
    assert lone((bot("¿Te inscribo?"), sent(thumb, 2)), reactions="text") is None
    assert lone((bot("¿Te inscribo?"), sent(thumb, 2))) == Ignore()
    assert lone((bot("¿Te inscribo?"), bot("Listo.", 2), sent(thumb, 3)), reactions="text") == Say("¡Gracias!")


def test_an_emoji_that_answers_a_question_is_for_the_model() -> None:
    assert gesture("ignore", bot("¿Te inscribo?"), sent("👍", 2)) is None
    assert gesture("ignore", bot("¿Te inscribo? Cuesta 100."), bot("", 2), sent("👍", 3)) is None
    assert gesture("ignore", bot("¿Te inscribo?"), bot("Listo.", 2), sent("👍", 3)) == Ignore()
    assert gesture("ignore", sent("👍", 2, quoted="wamid.1")) is None, "what is quoted may have been a question"


def test_a_turn_in_which_the_model_has_spoken_is_the_models() -> None:
    step = Step(identity(5), 1, "discarded", "stop", 1, 1, None)
    assert gesture_for(config(), replace(scene([sent("👍", 2)]), steps=(step,))) is None


def test_what_is_an_emoji() -> None:
    assert [is_emoji(sign) for sign in ("👍🏽", "👨‍👩‍👧", "🇦🇷", "1️⃣", "❤️")] == [True] * 5
    assert [is_emoji(sign) for sign in ("", "7", "#", "👍👍", "ok", " ")] == [False] * 6
    assert [only_emoji(text) for text in ("👍👍", "👍\n😂 ", "", "  ", "7", "👍 7")] == [True, True] + [False] * 4


def test_a_client_that_answers_by_text_has_the_text_in_each_of_its_languages() -> None:
    with pytest.raises(ValidationError, match=r"texts\.en\.emoji"):
        school.config(emoji={"policy": "text"}, texts=TEXTS | {"en": WORDS})
    with pytest.raises(ValidationError, match="expected one emoji"):
        config("react", emoji="ok")
    with pytest.raises(ValidationError, match=r"texts\.en\.emoji"):
        school.config(emoji={"signs": {"👍": "text"}}, texts=TEXTS | {"en": WORDS})
    with pytest.raises(ValidationError, match="expected one emoji"):
        config(signs={"thanks": "text"})
