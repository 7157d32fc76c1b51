"""Summaries by rules: what a person told and asked in the lines they are given, and nothing else.

A request for one is known by its instruction and by having no tools. Every line of the source begins by saying whose it
is; an earlier summary stands among them and is carried over.
"""

import re

from services.simulator.openai.conversation import Conversation
from services.simulator.openai.reading import read

_ASKED = re.compile(r"^\W*(?:resum[ií]|summari[sz]e)\b", re.IGNORECASE)
_LINE = re.compile(r"^(?:(?P<before>resumen anterior|earlier summary)|(?P<person>persona|person)):\s*", re.IGNORECASE)
_MOST_WORDS = re.compile(r"(\d+) (?:palabras|words)")
_NOTHING = {True: "Sin datos nuevos.", False: "Nothing new."}
_LABELS = {
    True: {"name": "Se llama {}", "home": "Vive en {}", "email": "Su correo es {}", "topic": "Preguntó por {}"},
    False: {"name": "Their name is {}", "home": "They live in {}", "email": "Their e-mail is {}",
            "topic": "They asked about {}"},
}  # fmt: skip


def is_asked(conversation: Conversation) -> bool:
    """Whether a summary is wanted instead of an answer."""
    first = conversation.utterances[0] if conversation.utterances else None
    return not conversation.tools and first is not None and first.role == "system" and bool(_ASKED.match(first.text))


def sum_up(conversation: Conversation) -> str:
    """One line for each fact, the earlier ones first, within the words that were allowed."""
    rules, *source = (said.text for said in conversation.utterances)
    spanish = "palabras" in rules
    facts = [fact for text in source for fact in _facts(text, spanish=spanish)]
    return _within(list(dict.fromkeys(facts)), rules) or _NOTHING[spanish]


def _facts(text: str, *, spanish: bool) -> list[str]:
    found = _LINE.match(text)
    if found is None:
        return []
    rest = text[found.end() :]
    if found["before"]:
        return [fact for fact in rest.splitlines() if fact and fact not in _NOTHING.values()]
    points = read(tuple(line for line in rest.splitlines() if line.strip()))
    told = ((_LABELS[spanish].get(point.kind), point.subject or "", point.line) for point in points)
    named = [f"{label.format(subject)}." for label, subject, _ in told if label and subject]
    stated = [f"«{point.line.strip()}»." for point in points if point.kind == "unclear"]
    return [*named, *stated]


def _within(facts: list[str], rules: str) -> str:
    """As many facts as the instruction's limit of words allows."""
    allowed = _MOST_WORDS.search(rules)
    left, kept = int(allowed[1]) if allowed else 100, []
    for fact in facts:
        left -= len(fact.split())
        if left < 0:
            break
        kept.append(fact)
    return "\n".join(kept)
