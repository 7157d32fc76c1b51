"""Dialogues: what their files may say, what counts as fulfilled, and how they are played in memory."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from remanso.errors import ConfigurationError
from remanso.plugin import Answer, Hooks, MessageContext
from remanso.plugin.registry import load_client
from remanso.testing import Dialogue, play_dialogue, read_dialogues, seeded_catalogue
from remanso.testing.dialogue import DialogueTurn, Outcome, differences
from remanso.testing.stage import Stage, written_by_a_model
from tests.support.imports import passing_imports

EMPRENDEMY = Path(__file__).parents[3] / "clients" / "emprendemy"
SAID = "¡Hola!"


@pytest.fixture(autouse=True)
def imports() -> Iterator[None]:
    with passing_imports():
        yield


def turn(*replies: dict[str, Any], contact: str = "hola", **expected: Any) -> DialogueTurn:
    return DialogueTurn.model_validate({"contact": [contact], "model": replies, **expected})


def looking(gives: Any) -> DialogueTurn:
    return turn({"calls": [{"tool": "look", "gives": gives}]}, {"says": SAID}, arrives=[SAID])


def told(turn: DialogueTurn, *results: str, arrived: str = SAID, **known: Any) -> list[str]:
    return list(differences(turn, Outcome([arrived], results, known, None)))


def test_a_file_with_mistakes_is_named_with_each_of_them(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text('title = "x"\n[[turns]]\ncontact = []\narrive = ["y"]\n', "utf-8")
    with pytest.raises(ConfigurationError, match=r"(?s)broken\.toml.*contact.*arrive"):
        read_dialogues(tmp_path)


def test_a_folder_without_dialogues_is_no_success(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no dialogues"):
        read_dialogues(tmp_path)


@pytest.mark.parametrize(
    "replies",
    [
        [{"calls": [{"tool": "look"}]}],
        [{"says": "uno"}, {"says": "dos"}],
    ],
)
def test_a_turn_comes_to_one_answer(replies: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="the last one calls nothing"):
        turn(*replies)


@pytest.mark.parametrize("gives", [{"total": 2}, {"courses": [{"id": "a"}]}, {"courses": [{}, {"id": "b…"}]}])
def test_a_part_of_a_result_is_enough(gives: Any) -> None:
    assert told(looking(gives), '{"total": 2, "courses": [{"id": "a", "price": 1}, {"id": "bc"}]}') == []


@pytest.mark.parametrize(
    "gives",
    [
        {"total": 3},
        {"sum": 2},
        {"courses": []},
        {"courses": [{"id": "b"}]},
        {"courses": [{}, {}, {}]},
        "sent",
        {"total": "2"},
    ],
)
def test_what_a_result_does_not_hold_is_told(gives: Any) -> None:
    (difference,) = told(looking(gives), '{"total": 2, "courses": [{"id": "a"}, {"id": "bc"}]}')
    assert difference.startswith("look gave")


@pytest.mark.parametrize(
    ("expected", "fits"), [("¡Hola!", True), ("¡…!", True), ("…", True), ("Hola", False), ("¡H…a", False)]
)
def test_dots_stand_for_anything(expected: str, fits: bool) -> None:
    assert (told(turn({"says": SAID}, arrives=[expected])) == []) is fits


def test_everything_that_arrives_must_be_expected() -> None:
    silent = turn({"says": SAID})
    assert told(silent) != []
    assert list(differences(silent, Outcome([], [], {}, None))) == []


def test_what_is_known_is_told_whole_or_not_looked_at() -> None:
    assert told(turn({"says": SAID}, arrives=[SAID]), name="Ana") == []
    assert told(turn({"says": SAID}, arrives=[SAID], known={"name": "Ana"}), name="Ana", email="a@b.example") != []


def test_a_person_that_nobody_expected_is_told() -> None:
    outcome = Outcome([SAID], [], {}, "reclamo")
    assert list(differences(turn({"says": SAID}, arrives=[SAID]), outcome)) != []
    assert list(differences(turn({"says": SAID}, arrives=[SAID], handoff="reclamo"), outcome)) == []


async def test_a_call_that_was_not_made_and_a_wrong_one_are_results_too() -> None:
    stage = Stage(load_client(EMPRENDEMY, with_tools=True, environ={}), seeded_catalogue(EMPRENDEMY))
    calls = [
        {"tool": "fly", "gives": {"error": {"code": "unknown_tool"}}},
        {"tool": "course_details", "arguments": {"course_id": 7}, "gives": {"error": {"code": "bad_arguments"}}},
    ]
    played = turn({"calls": calls}, {"says": SAID}, arrives=[SAID])
    assert list(differences(played, await stage.play(played))) == []


async def test_once_a_person_was_asked_for_the_bot_is_silent() -> None:
    asked = {"tool": "ask_for_person", "arguments": {"reason": "otro", "summary": "x"}}
    dialogue = Dialogue(
        title="silent",
        turns=(
            turn({"calls": [asked]}, {"says": SAID}, arrives=[SAID], handoff="otro: x"),
            turn({"says": "¿Seguís ahí?"}, arrives=["¿Seguís ahí?"]),
        ),
    )
    (difference,) = await play_dialogue(EMPRENDEMY, dialogue)
    assert difference.startswith("turn 2: arrived []")


async def test_a_hook_that_answers_keeps_the_model_out_of_it() -> None:
    async def at_night(ctx: MessageContext) -> Answer | None:
        await ctx.save_contact(asked=ctx.text)
        return Answer("Abrimos a las 7.") if "abierto" in ctx.text else None

    client = replace(load_client(EMPRENDEMY, with_tools=True, environ={}), hooks=Hooks(on_message=at_night))
    stage = Stage(client, seeded_catalogue(EMPRENDEMY))
    closed = turn(contact="abierto?", arrives=["Abrimos a las 7."], known={"asked": "abierto?"})
    assert list(differences(closed, await stage.play(closed))) == []
    asked = turn({"says": SAID}, arrives=[SAID], known={"asked": "hola"})
    assert list(differences(asked, await stage.play(asked))) == []


def test_arguments_that_are_left_out_are_null() -> None:
    (save,) = (t for t in load_client(EMPRENDEMY, with_tools=True, environ={}).tools if t.name == "save_contact")
    call = turn({"calls": [{"tool": "save_contact", "arguments": {"name": "Ana"}}]}, {"says": SAID}).model[0].calls[0]
    assert written_by_a_model(call, save) == '{"name": "Ana", "email": null, "location": null, "interest": null}'
