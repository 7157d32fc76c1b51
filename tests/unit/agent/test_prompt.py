"""Prompts are made from rows alone, are the same for the same rows, and always pair calls with results."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from remanso.store.contacts import Contact
from remanso.store.conversations import Conversation
from remanso.store.messages import LogMessage
from remanso.store.steps import ToolCall
from remanso.store.turns import Turn
from services.agent.asking import BotText, CallResult, ContactText, Instruction
from services.agent.phrases import PHRASES
from services.agent.prompt import LONGEST_FACT, build_prompt
from services.agent.scene import Scene
from services.agent.vetting import vet
from tests.support.agents import Runs, assert_paired, made_up_client

NOON = datetime(2026, 11, 22, 15, 4, tzinfo=UTC)
CLIENT = made_up_client(Runs())


def identity(number: int) -> UUID:
    return UUID(int=number)


def turn(number: int) -> Turn:
    return Turn(identity(number), identity(900), CLIENT.name, number, "open", 0, 1, 0, 0, NOON, NOON, None, None, None)


def message(author: str, words: str, turn_number: int | None, step: int | None = None) -> LogMessage:
    return LogMessage(
        id=identity(1),
        conversation_id=identity(900),
        author=author,
        content={"kind": "text", "text": words},
        position=1,
        turn_id=None if turn_number is None else identity(turn_number),
        step_id=None if step is None else identity(step),
        fate=None,
        drop_reason=None,
        wamid=None,
        quoted=None,
        sent_at=NOON,
    )


def sent(turn_number: int, call_id: str) -> LogMessage:
    """Buttons that a call of this turn sent."""
    content = {"kind": "buttons", "text": "¿Sí?", "buttons": [{"id": "y", "title": "Dale"}]}
    return replace(message("bot", "", turn_number), content=content, call_id=call_id)


def call(turn_number: int, step: int, ordinal: int, result: str | None, arguments: str = "{}") -> ToolCall:
    return ToolCall(
        identity(turn_number),
        f"c{step}_{ordinal}",
        identity(step),
        ordinal,
        "look",
        arguments,
        "read",
        "done",
        1,
        result,
    )


def scene(log: Sequence[LogMessage], calls: Sequence[ToolCall] = (), now: int = 2, **known: Any) -> Scene:
    conversation = Conversation(
        identity(900), CLIENT.name, "7", identity(800), None, None, "bot", 0, None, None, None, None, None, NOON
    )
    facts = {"name": None, "profile_name": None, "email": None, "language": None, "location": None, "facts": {}} | known
    contact = Contact(id=identity(800), client=CLIENT.name, **facts)
    return Scene(turn(now), conversation, contact, tuple(log), tuple(calls), (), {})


def test_history_then_a_note_then_the_burst() -> None:
    log = [
        message("contact", "hola", 1),
        message("contact", "cursos?", 1),
        message("bot", "Hay dos.", 1, step=10),
        message("human", "Soy Eva, te ayudo.", None),
        message("contact", "gracias Eva", None),
        message("contact", "y cuánto?", 2),
    ]
    system, *middle, note, burst = build_prompt(CLIENT, scene(log))
    assert isinstance(system, Instruction)
    assert system.text.startswith(CLIENT.system_prompt)
    assert middle == [
        ContactText("hola\ncursos?"),
        BotText("Hay dos."),
        BotText("[Una persona del equipo respondió: Soy Eva, te ayudo.]"),
        ContactText("gracias Eva"),
    ]
    assert isinstance(note, Instruction)
    assert burst == ContactText("y cuánto?")


def test_that_nobody_came_is_told_once_before_the_burst_that_followed() -> None:
    """And in every later history, at the same place: the prompt's beginning stays as it was."""
    asked, came = message("contact", "¿una persona?", 1), message("bot", "Ya viene.", 1, step=10)
    log = [asked, came, message("contact", "¿y?", 2)]
    *_, told, burst = build_prompt(CLIENT, replace(scene(log), unattended=frozenset({identity(2)})))
    assert told == Instruction(PHRASES["es"].nobody_came)
    assert burst == ContactText("¿y?")
    later = [*log, message("bot", "Nadie vino.", 2, step=11), message("contact", "bueno", 3)]
    prompt = build_prompt(CLIENT, replace(scene(later, now=3), unattended=frozenset({identity(2)})))
    assert prompt[3:6] == [told, burst, BotText("Nadie vino.")]
    assert prompt.count(told) == 1


def test_the_note_tells_the_clients_time_and_what_is_known_as_data() -> None:
    known = scene([message("contact", "hola", 2)], profile_name="Ana", facts={"likes": "x" * 1000})
    note = build_prompt(CLIENT, known)[1]
    assert isinstance(note, Instruction)
    assert "domingo 2026-11-22, 12:04 (America/Argentina/Buenos_Aires)" in note.text
    data = json.loads(note.text[note.text.index("{") :])
    assert data["name"] == "Ana"
    assert len(data["likes"]) == LONGEST_FACT + 1


def test_what_a_draft_made_up_is_told_last_and_is_no_evidence() -> None:
    asked = scene([message("contact", "¿precio?", 2)])
    doubted: list[dict[str, Any]] = [{"text": "$5", "about": "a b"}, {"text": "8/3", "about": None}]
    *_, note = build_prompt(CLIENT, asked, doubted=doubted)
    assert isinstance(note, Instruction)
    assert "«$5» (de a b); «8/3»" in note.text
    assert build_prompt(CLIENT, asked, doubted=doubted)[:-1] == build_prompt(CLIENT, asked)
    assert [problem.text for problem in vet(CLIENT, asked, "Sale $5.")] == ["$5"]


def test_a_client_decides_what_is_checked_and_what_else_may_be_said() -> None:
    asked, text = scene([message("contact", "¿precio?", 2)]), "Sale $5: https://pagos.example/x"
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["$5", "https://pagos.example/x"]),
        ({"enabled": False}, []),
        ({"facts": ["La matrícula sale $5."]}, ["https://pagos.example/x"]),
        ({"hosts": ["pagos.example"]}, ["$5"]),
    ]
    for grounding, found in cases:
        client = made_up_client(Runs(), grounding=grounding)
        assert [problem.text for problem in vet(client, asked, text)] == found


def test_the_beginning_stays_the_same_byte_for_byte() -> None:
    first = build_prompt(CLIENT, scene([message("contact", "hola", 2)], profile_name="Ana"))
    second = build_prompt(CLIENT, scene([message("contact", "chau", 3)], now=3, profile_name="Eva"))
    assert first[0] == second[0]


def test_a_call_of_a_turn_that_was_cut_short_gets_a_result_that_says_so() -> None:
    log = [message("contact", "a?", 1), message("bot", "Busco.", 1, step=10), message("contact", "b?", 2)]
    items = build_prompt(CLIENT, scene(log, [call(1, 10, 0, None)]))
    assert CallResult("c10_0", "La llamada se interrumpió y no hay resultado.") in items


def test_what_a_call_sent_stands_below_its_result_in_its_turn_alone() -> None:
    log = [
        message("contact", "a?", 1),
        message("bot", "Elegí.", 1, step=10),
        sent(1, "c10_1"),
        message("contact", "Dale", 2),
        message("bot", "", 2, step=20),
    ]
    calls = [call(1, 10, 0, "{}"), call(1, 10, 1, "{}"), call(2, 20, 0, "{}")]
    results = [item for item in build_prompt(CLIENT, scene(log, calls)) if isinstance(item, CallResult)]
    told = "{}\n[Se le mandó a la persona «¿Sí?» con los botones: Dale]"
    assert [item.text for item in results] == ["{}", told, "{}"]


def test_broken_arguments_are_not_shown_to_servers_that_read_them() -> None:
    log = [message("contact", "a?", 2), message("bot", "", 2, step=10)]
    items = build_prompt(CLIENT, scene(log, [call(2, 10, 0, "{}", "{broken"), call(2, 10, 1, "{}", '{"a":1}')]))
    (spoken,) = [item for item in items if isinstance(item, BotText)]
    assert [made.arguments for made in spoken.calls] == ["{}", '{"a":1}']


@st.composite
def histories(draw: st.DrawFn) -> Scene:
    """Any interleaving of speakers over a few turns, with steps whose calls are answered or not."""
    log: list[LogMessage] = []
    calls: list[ToolCall] = []
    step = 100
    for number in range(1, draw(st.integers(1, 4)) + 1):
        for author in draw(st.lists(st.sampled_from(["contact", "bot", "human"]), max_size=6)):
            step += 1
            words = draw(st.sampled_from(["", "hola"]))
            log.append(message(author, words, None if author == "human" else number, step if author == "bot" else None))
            if author == "bot":
                results = draw(st.lists(st.sampled_from([None, '{"ok":true}']), max_size=3))
                made = [call(number, step, place, result) for place, result in enumerate(results)]
                log += [sent(number, one.call_id) for one in made if draw(st.booleans())]
                calls += made
    return scene(log, draw(st.permutations(calls)), now=draw(st.integers(1, 5)))


@given(histories())
def test_calls_and_results_always_pair(history: Scene) -> None:
    items = build_prompt(CLIENT, history)
    assert_paired(items)
    assert items == build_prompt(CLIENT, history), "the same rows make the same prompt"
    shown = sum(item.text.count("[Se le mandó") for item in items if isinstance(item, CallResult))
    assert shown == sum(said.call_id is not None for said in history.log)
    answered = [item.call_id for item in items if isinstance(item, CallResult)]
    assert sorted(answered) == sorted(made.call_id for made in history.calls)
