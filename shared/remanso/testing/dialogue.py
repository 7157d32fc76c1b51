"""Dialogues: a conversation as a test tells it, in TOML that people of the business can read.

    title = "Pregunta por un curso"

    [[turns]]
    contact = ["hola", "tenés algo de fotos?"]
    arrives = ["¡Hola! Ya te busco.", "Tenemos *Fotografía de productos*. ¿Te cuento más?"]

    [[turns.model]]
    says = "¡Hola! Ya te busco."
    calls = [{ tool = "search_courses", arguments = { query = "fotos" }, gives = { total = 1 } }]

    [[turns.model]]
    says = "Tenemos *Fotografía de productos*. ¿Te cuento más?"

The model is scripted; tools, records and order are real. In every text that is expected, `…` stands for anything.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from remanso.errors import ConfigurationError


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlannedCall(_Part):
    """A tool call of the scripted model. Arguments that are left out are null, as a strict model writes them."""

    tool: str
    arguments: dict[str, Any] = {}
    gives: dict[str, Any] | str | None = None
    """What the model must read: a text, or the keys that must stand in the result, with the first items of its lists.
    Not looked at when left out."""


class Reply(_Part):
    """One model call: what the scripted model says and calls."""

    says: str = ""
    calls: tuple[PlannedCall, ...] = ()


class DialogueTurn(_Part):
    """A burst and what it leads to. Without `model` the model is not asked: a person has the conversation, or the
    client's `on_message` answers by itself."""

    contact: Annotated[tuple[str, ...], Field(min_length=1)]
    model: tuple[Reply, ...] = ()
    arrives: tuple[str, ...] = ()
    """All that the contact gets, in order."""
    known: dict[str, Any] | None = None
    """All that is written down about the person by then: name, email and facts. Not looked at when left out."""
    handoff: str | None = None
    """The reason for which a person is asked for; without it none may be asked for."""

    @model_validator(mode="after")
    def _comes_to_an_answer(self) -> "DialogueTurn":
        if self.model and (self.model[-1].calls or not all(reply.calls for reply in self.model[:-1])):
            raise ValueError("every reply of the model but the last calls something, and the last one calls nothing")
        return self


class Dialogue(_Part):
    title: str
    about: str = ""
    """What it shows, for people."""
    turns: Annotated[tuple[DialogueTurn, ...], Field(min_length=1)]

    def __str__(self) -> str:
        return self.title


@dataclass(frozen=True)
class Outcome:
    """What one turn led to, by whatever it was played. `results` are as the model read them, in the order of calls."""

    arrived: Sequence[str]
    results: Sequence[str]
    known: Mapping[str, Any]
    handoff: str | None


def read_dialogues(folder: Path) -> list[Dialogue]:
    """Every dialogue in the TOML files of `folder`, by the names of the files.

    Raises ConfigurationError, naming the file and each wrong key, for one that cannot be read or where there is none.
    """
    dialogues = [_read(path) for path in sorted(folder.glob("*.toml"))]
    if not dialogues:
        raise ConfigurationError(f"{folder.name} holds no dialogues")
    return dialogues


def differences(turn: DialogueTurn, outcome: Outcome) -> Iterator[str]:
    """In what the outcome is not what the turn expects, a sentence each."""
    if not _all_fit(turn.arrives, outcome.arrived):
        yield f"arrived {list(outcome.arrived)}, expected {list(turn.arrives)}"
    calls = [call for reply in turn.model for call in reply.calls]
    if len(calls) != len(outcome.results):
        yield f"{len(outcome.results)} results for {len(calls)} calls"
    for call, result in zip(calls, outcome.results, strict=False):
        if call.gives is not None and not _stands_in(call.gives, _decoded(result)):
            yield f"{call.tool} gave {result}, expected {call.gives}"
    if turn.known is not None and turn.known != outcome.known:
        yield f"known is {dict(outcome.known)}, expected {turn.known}"
    if not _fits(turn.handoff or "", outcome.handoff or ""):
        yield f"a person was asked for with {outcome.handoff!r}, expected {turn.handoff!r}"


def _read(path: Path) -> Dialogue:
    try:
        return Dialogue.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, ValidationError, tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"{path.name}: {problem}") from problem


def _all_fit(expected: Sequence[str], texts: Sequence[str]) -> bool:
    return len(expected) == len(texts) and all(map(_fits, expected, texts))


def _fits(expected: str, text: str) -> bool:
    pattern = ".*".join(map(re.escape, expected.split("…")))
    return re.fullmatch(pattern, text, re.DOTALL) is not None


def _stands_in(expected: Any, given: Any) -> bool:
    """Whether what is expected is a part of what was given: some keys of a mapping, the first items of a list."""
    if isinstance(expected, Mapping) and isinstance(given, Mapping):
        return all(key in given and _stands_in(value, given[key]) for key, value in expected.items())
    if isinstance(expected, list) and isinstance(given, list):
        # No items expected means none given: that a search finds nothing is worth saying.
        return bool(expected or not given) and len(expected) <= len(given) and all(map(_stands_in, expected, given))
    if isinstance(expected, str) and isinstance(given, str):
        return _fits(expected, given)
    return bool(expected == given)


def _decoded(result: str) -> Any:
    try:
        return json.loads(result)
    except ValueError:
        return result
