"""What of a drained message is kept: warnings and errors of our services, Heroku's own words, plain text cut short.

A router's line holds addresses of people and a query that may hold a token: only its code and what happened are kept.
Digits as long as a phone number's are blanked in all that our own services did not write.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from remanso.store.apps import Line
from services.collector.logplex import Message

LONGEST = 600
"""Characters of a line that are kept."""
MOST_OF_ONE = 20
"""Lines of one name that one request may add: whoever repeats an error is counted, not copied."""

KEPT = ("error", "problem", "reason", "code", "outcome", "client", "queue", "check", "task", "exception", "service")
"""Of a line of ours, besides its event: what says why. Ids are left out, since nobody here could look them up."""

_LEVELS = {"warning": "warning", "error": "error", "critical": "error"}
_CODE = re.compile(r"\b(?:code=|Error )(?P<code>[HLR]\d{2})\b(?: \((?P<said>[^)]{1,80})\))?")
_DESC = re.compile(r'desc="(?P<said>[^"]{1,80})"')
_WHERE = re.compile(r"\b(?P<key>dyno|status|method|service)=(?P<value>[\w.]{1,20})")
_STATE = re.compile(r"^State changed from (?P<old>\w+) to (?P<new>\w+)")
_ENDED = re.compile(r"^Process exited with status (?P<status>\d{1,3})")
_LONG_NUMBER = re.compile(r"\+?\d{7,}")
_ONE_OFF = ("run.", "release.", "scheduler.")
_WARNINGS = frozenset({"H15", "H16", "H27", "H80", "H82", "R14", "L10", "L11"})
"""Heroku's codes that hurt nobody at once."""


@dataclass
class Sifted:
    """What one request comes to: lines to keep, all of them counted by level, states of dynos, Heroku's codes."""

    lines: list[Line] = field(default_factory=list)
    levels: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    troubles: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    dynos: dict[str, str] = field(default_factory=dict)


def sifted(messages: Iterable[Message]) -> Sifted:
    found, seen = Sifted(), Counter[str]()
    for message in messages:
        if state := _STATE.match(message.text):
            _note_state(found, message, state["new"])
        line = _line(message)
        found.levels[line.level] += 1
        if line.kind == "heroku" and _CODE.search(message.text):
            found.codes[line.name] += 1
        if line.level in ("warning", "error"):
            found.troubles[line.kind, line.name, line.level] += 1
        seen[line.name] += 1
        if line.level != "info" and seen[line.name] <= MOST_OF_ONE:
            found.lines.append(line)
    return found


def _note_state(found: Sifted, message: Message, state: str) -> None:
    if message.name == "heroku" and not message.process.startswith(_ONE_OFF):
        found.dynos[message.process] = state


def _line(message: Message) -> Line:
    if message.name == "heroku":
        kind, level, name, text = ("heroku", *_of_heroku(message.text))
    elif (ours := _our_json(message.text)) is not None:
        kind, level, name, text = ("ours", *_of_ours(ours))
    else:
        kind, level, name, text = "plain", "plain", "", _LONG_NUMBER.sub("…", message.text)
    return Line(message.at, message.process, kind, level, name[:80], text[:LONGEST])


def _our_json(text: str) -> Mapping[str, Any] | None:
    if not text.startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("event"), str) else None


def _of_ours(line: Mapping[str, Any]) -> tuple[str, str, str]:
    level = _LEVELS.get(str(line.get("level")), "info")
    told = [f"{key}={_LONG_NUMBER.sub('…', str(line[key]))}" for key in KEPT if line.get(key) not in (None, "")]
    return level, str(line["event"]), " ".join(told)


def _of_heroku(text: str) -> tuple[str, str, str]:
    """Level, name and what is kept. What is neither a code nor about a process's life is only counted."""
    if code := _CODE.search(text):
        said = code["said"] or (desc["said"] if (desc := _DESC.search(text)) else "")
        where = " ".join(f"{each['key']}={each['value']}" for each in _WHERE.finditer(text))
        return "warning" if code["code"] in _WARNINGS else "error", code["code"], f"{said} {where}".strip()
    if state := _STATE.match(text):
        return (
            ("error" if state["new"] == "crashed" else "state"),
            f"state.{state['new']}",
            f"{state['old']} → {state['new']}",
        )
    if ended := _ENDED.match(text):
        return "state", "exited", f"status {ended['status']}"
    return "info", "", ""
