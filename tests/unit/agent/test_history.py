"""Histories of any shape: whole turns within their room, paired, the same for the same rows, and rarely cut."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.store.messages import LogMessage
from remanso.store.steps import ToolCall
from remanso.store.summaries import Past
from services.agent.asking import CallResult, ContactText, Instruction, PromptItem
from services.agent.history import Room, clip, dropped, shortened, whole_turns
from services.agent.models.window import item_tokens, text_tokens, tools_tokens
from services.agent.prompt import build_prompt, earlier_turns, excess, past_turns
from services.agent.scene import Scene
from tests.support.agents import Runs, assert_paired, made_up_client
from tests.unit.agent.test_prompt import call, message, scene

WINDOW, OUTPUT, HISTORY, TURNS = 8_000, 500, 1_200, 6
CLIENT = made_up_client(
    Runs(),
    model={
        "model": "gpt-6-luna",
        "window": WINDOW,
        "max_output_tokens": OUTPUT,
        "history_tokens": HISTORY,
        "history_turns": TURNS,
    },
)

WORDS = st.text(st.sampled_from("abcd áé1{👍"), min_size=1, max_size=30).flatmap(
    lambda word: st.integers(1, 80).map(lambda times: word * times)
)
STEPS = st.lists(st.tuples(WORDS | st.just(""), st.lists(WORDS | st.none(), max_size=3)), max_size=3)
"""What the bot said in each step, and what its calls gave."""
TALKS = st.lists(st.tuples(st.lists(WORDS, min_size=1, max_size=3), STEPS, st.lists(WORDS, max_size=2)), max_size=20)
"""Turns: the burst, the steps, and what people of the team said afterwards."""


def rows_of(talk: Sequence[tuple[list[str], list[tuple[str, list[str | None]]], list[str]]]) -> Scene:
    """The whole log as if nobody had ever cut it; the last turn is the one in hand."""
    log: list[LogMessage] = []
    calls: list[ToolCall] = []
    steps = count(1_000)
    for number, (burst, said, team) in enumerate(talk, start=1):
        log += [message("contact", text, number) for text in burst]
        for text, results in said:
            step = next(steps)
            log.append(message("bot", text, number, step))
            calls += [call(number, step, place, result) for place, result in enumerate(results)]
        log += [message("human", text, None) for text in team]
    log = [replace(said, position=place) for place, said in enumerate(log, start=1)]
    return scene(log, calls, now=len(talk))


def upto(rows: Scene, number: int, cut: int) -> Scene:
    """The same rows when turn `number` had just been sealed, read from a cut on."""
    now = scene([], now=number)
    first = next(said.position for said in rows.log if said.turn_id == now.turn.id and said.author == "contact")
    burst = [said for said in rows.log if said.turn_id == now.turn.id and said.author == "contact"]
    before = [said for said in rows.log if cut < (said.position or 0) < (first or 0)]
    return replace(now, log=(*before, *burst), calls=rows.calls, past=Past(cut))


def tokens(items: Sequence[PromptItem]) -> int:
    return sum(map(item_tokens, items))


def before_note(items: Sequence[PromptItem]) -> list[PromptItem]:
    return list(items)[: max(place for place, item in enumerate(items) if isinstance(item, Instruction))]


@given(TALKS)
def test_any_talk_is_shown_in_whole_turns_within_its_room_and_grows_at_its_end(
    talk: list[tuple[list[str], list[tuple[str, list[str | None]]], list[str]]],
) -> None:
    rows, cut = rows_of(talk), 0
    shown: list[PromptItem] = []
    for number in range(1, len(talk) + 1):
        now = upto(rows, number, cut)
        uncut = before_note(build_prompt(CLIENT, now))
        if too_many := excess(CLIENT, now):
            cut = past_turns(now)[too_many - 1][-1].position or 0
            now = upto(rows, number, cut)
        prompt = build_prompt(CLIENT, now)
        assert prompt == build_prompt(CLIENT, now)
        assert uncut == before_note(prompt), "what is shown does not hang on whether the cut is stored yet"
        assert_paired(prompt)
        assert tokens(prompt) + tools_tokens(CLIENT.tools) + OUTPUT <= WINDOW
        pieces = earlier_turns(CLIENT, now)
        assert before_note(prompt)[1:] == [item for piece in pieces for item in piece], "whole turns"
        assert tokens(before_note(prompt)[1:]) <= HISTORY
        assert len(pieces) <= TURNS
        if too_many:
            assert tokens(before_note(prompt)[1:]) <= HISTORY // 2 or len(pieces) == 1, "cut in large pieces"
        elif number > 1:
            assert before_note(prompt)[: len(shown)] == shown, "the beginning stays as long as nothing is cut"
        shown = before_note(prompt)


@given(st.lists(st.integers(1, 500), max_size=40), st.integers(0, 300))
def test_a_cut_leaves_what_has_room_and_is_not_needed_again_at_once(sizes: list[int], summary: int) -> None:
    room = Room(history=1_000, turns=10, own=1_000)
    left = sizes[dropped(sizes, room, summary) :]
    assert sum(left) <= 1_000 - summary
    assert len(left) <= 10
    assert dropped(left, room, summary) == 0
    if len(left) < len(sizes):
        assert sum(left) <= 500 or len(left) == 1


def test_a_burst_that_is_too_long_alone_loses_its_middle_visibly() -> None:
    essay = "Empieza acá. " + "bla " * 20_000 + "Y termina acá."
    rows = scene([message("contact", "hola", 2), message("contact", essay, 2)])
    prompt = build_prompt(CLIENT, rows)
    assert tokens(prompt) + tools_tokens(CLIENT.tools) + OUTPUT <= WINDOW
    burst = prompt[-1]
    assert isinstance(burst, ContactText)
    assert burst.text.startswith("hola\nEmpieza acá.")
    assert burst.text.endswith("Y termina acá.")
    assert "[… faltan 6" in burst.text


def test_the_longest_texts_are_shortened_first_and_nothing_else() -> None:
    short, long, result = ContactText("hola"), ContactText("x" * 9_000), CallResult("c", "y" * 300)
    fitted = shortened([short, long, result], 600, "{}")
    assert (fitted[0], fitted[2]) == (short, result)
    assert tokens(fitted) <= 600
    assert clip("abcdefgh", 4, "{}") == "abc [4] h"


def test_what_people_said_between_two_turns_belongs_to_the_one_before() -> None:
    log = [message("human", "a", None), message("contact", "b", 1), message("human", "c", None)]
    assert [len(piece) for piece in whole_turns([*log, message("contact", "d", 2)])] == [3, 1]


@pytest.mark.parametrize(
    ("text", "measured"),
    [
        ("Hola, buenas tardes! quería saber cuánto sale el curso de velas y si hay cuotas, gracias", 20),
        ("holaaa q tal, kiero sbr xq no m llega el lnk jajaja dsp t aviso bno", 24),
        ("https://emprendemy.example/inscripcion/marketing-digital-2027?ref=wa_91f3c2", 27),
        ("5491155550111 1.250.000,50 2027-03-08T18:30:00-03:00", 30),
        ('{"title": "Curso de Velas", "weeks": 8, "price": {"amount": 65000, "currency": "ARS"}, "seats_left": 7}', 39),
    ],
)
def test_the_estimate_is_on_the_safe_side_of_what_o200k_base_gives(text: str, measured: int) -> None:
    assert 0.95 * measured <= text_tokens(text) <= 2 * measured
