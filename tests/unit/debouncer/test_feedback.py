"""Which messages answer the question how it went: pure rules."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.events import MessageReceived
from remanso.model.content import Choice, Content, Reaction, Text
from remanso.model.message import InboundMessage
from remanso.store.feedback import ReasonWanted
from services.debouncer.feedback import is_reason, question, tapped
from tests.support.contents import contents, texts
from tests.support.school import config, person, said

ASKED = datetime(2026, 11, 25, 12, 0, 0, 700_000, tzinfo=UTC)
WANTED = ReasonWanted(uuid4(), uuid4(), ASKED, ASKED + timedelta(hours=1))


def message(content: Content | str, after: float = 60) -> InboundMessage:
    envelope = said(person(1), content, sent_at=ASKED + timedelta(seconds=after))
    assert isinstance(envelope.payload, MessageReceived)
    return envelope.payload.message


@given(st.uuids(), st.sampled_from(["es", "en", None]))
def test_each_button_names_its_question(feedback_id: UUID, language: str | None) -> None:
    asked = question(config(), language, feedback_id)
    taps = [tapped(Choice(choice_id=button["id"], title=button["title"])) for button in asked["buttons"]]
    assert taps == [(feedback_id, "yes"), (feedback_id, "no")]
    assert asked["text"] == config().text("feedback", language)


@given(contents | st.builds(Choice, choice_id=texts.map(lambda text: f"feedback:{text}"), title=texts))
def test_no_other_message_is_a_tap(content: Content) -> None:
    assert tapped(content) is None


def test_a_text_typed_like_a_button_is_no_tap() -> None:
    assert tapped(Text(text=f"feedback:yes:{uuid4()}")) is None


@pytest.mark.parametrize(
    ("said_after", "reason"),
    [
        (message("tardaron mucho"), True),
        (message("tardaron mucho", after=-0.5), True),  # the same second, as Meta tells it
        (message("tardaron mucho", after=3600), True),
        (message("tardaron mucho", after=3601), False),
        (message("antes de la pregunta", after=-2), False),
        (message("¿y el curso de diseño?"), False),
        (message(Reaction(target="w", emoji="👍")), False),
        (message(Choice(choice_id="course:1", title="Diseño")), False),
    ],
)
def test_what_is_a_reason(said_after: InboundMessage, reason: bool) -> None:
    assert is_reason(said_after, WANTED) is reason


def test_nobody_gives_a_reason_before_they_are_asked() -> None:
    unasked = ReasonWanted(WANTED.id, WANTED.conversation_id, None, WANTED.until)
    assert not is_reason(message("necesito otra cosa"), unasked)
