"""A conversation held with the brain of the OpenAI stand-in."""

import json
from typing import Any

from services.simulator.openai.brain import reply_to
from services.simulator.openai.conversation import Call, Choice, Conversation, Reply, Tool, Utterance
from tests.unit.simulator.openai_bodies import DETAILS, SAVE, SEARCH

TOOLS = tuple(Tool(tool["name"], tool["parameters"]) for tool in (SEARCH, DETAILS, SAVE))
MARKETING = {
    "id": "mkt",
    "title": "Marketing Digital desde Cero",
    "price": 45000,
    "currency": "ARS",
    "enrollment_url": "https://emprendemy.example/marketing",
}
EXCEL = {"id": "xls", "title": "Excel para Emprendedores", "price": "30000.00", "currency": "ARS"}


class Chat:
    """A conversation held with the brain; tools answer from a dictionary by their first argument."""

    def __init__(self, results: dict[str, Any] | None = None, choice: Choice | None = None) -> None:
        self.said: list[Utterance] = []
        self._results = results or {}
        self._choice = choice or Choice()

    def note(self, text: str) -> None:
        self.said.append(Utterance("system", text))

    def hear(self, *lines: str) -> Reply:
        self.said.extend(Utterance("user", line) for line in lines)
        return reply_to(Conversation(tuple(self.said), TOOLS, self._choice))

    def run(self, reply: Reply) -> Reply:
        """Answers the reply's calls and asks again."""
        calls = tuple(Call(call.name, call.arguments, f"c{len(self.said)}_{at}") for at, call in enumerate(reply.calls))
        self.said.append(Utterance("assistant", reply.text or "", calls))
        for call in calls:
            key = str(next(iter(json.loads(call.arguments).values())))
            told = self._results.get(key, {"ok": True, "courses": []})
            text = told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)
            self.said.append(Utterance("tool", text, answers=call.id))
        return self.hear()

    def answer(self, *lines: str) -> str:
        """Plays a whole turn and returns its answer."""
        reply = self.hear(*lines)
        for _ in range(4):
            if not reply.calls:
                self.said.append(Utterance("assistant", reply.text or ""))
                return reply.text or ""
            reply = self.run(reply)
        raise AssertionError("the brain keeps calling tools")


def calls(reply: Reply) -> list[tuple[str, dict[str, Any]]]:
    return [(call.name, json.loads(call.arguments)) for call in reply.calls]
