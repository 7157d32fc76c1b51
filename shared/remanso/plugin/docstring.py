"""A tool's docstring, Google style: what the model reads about the tool and about each argument."""

import inspect
import re
from dataclasses import dataclass

_SECTION = re.compile(r"^(Args|Arguments|Returns|Raises|Yields|Examples?|Notes?):\s*$")
_ARGUMENT = re.compile(r"^(?P<indent>\s+)(?P<name>\w+)(?:\s*\([^)]*\))?:\s*(?P<text>.*)$")


@dataclass(frozen=True)
class Docs:
    description: str
    arguments: dict[str, str]


def read_docstring(docstring: str | None) -> Docs:
    """The text above the first section, and what `Args:` says about each name. Other sections are for people."""
    description: list[str] = []
    lines: list[str] = []
    section = None
    for line in inspect.cleandoc(docstring or "").splitlines():
        heading = _SECTION.match(line)
        if heading:
            section = heading[1]
        elif section is None:
            description.append(line)
        elif section.startswith("Arg"):
            lines.append(line)
    return Docs(_joined(description), _arguments(lines))


def _arguments(lines: list[str]) -> dict[str, str]:
    found: dict[str, list[str]] = {}
    current, margin = None, None
    for line in lines:
        match = _ARGUMENT.match(line)
        if match and margin in (None, len(match["indent"])):
            margin, current = len(match["indent"]), match["name"]
            found[current] = [match["text"]]
        elif current is not None:
            found[current].append(line)
    return {name: _joined(text) for name, text in found.items()}


def _joined(lines: list[str]) -> str:
    """One paragraph stays one line; a blank line stays a paragraph."""
    paragraphs = re.split(r"\n\s*\n", "\n".join(line.strip() for line in lines).strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
