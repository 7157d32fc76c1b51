"""What both wire shapes have in common: a conversation that is asked, and a reply that is given."""

from dataclasses import dataclass, field
from typing import Any, Literal

from services.simulator.openai.models import ModelProfile

_SUMMARY = ("[Resumen automático", "[Automatic summary")
"""How our agent begins what it tells of a past that it no longer shows."""

Role = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True)
class Tool:
    """A function the model may call. `parameters` is its JSON schema."""

    name: str
    parameters: dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One call of a tool. `arguments` is JSON text, or whatever a script puts there to test the reader."""

    name: str
    arguments: str
    id: str | None = None


@dataclass(frozen=True)
class Utterance:
    """One message of the conversation; a tool's result names the call it answers."""

    role: Role
    text: str
    calls: tuple[Call, ...] = ()
    answers: str | None = None


@dataclass(frozen=True)
class Choice:
    """What `tool_choice` and `parallel_tool_calls` leave open."""

    may_call: bool = True
    must_call: bool = False
    one_call: bool = False


@dataclass(frozen=True)
class Conversation:
    """All that a reply may be made from: the messages, and the tools that may be called."""

    utterances: tuple[Utterance, ...]
    tools: tuple[Tool, ...] = ()
    choice: Choice = field(default_factory=Choice)

    @property
    def may_call(self) -> bool:
        return self.choice.may_call and bool(self.tools)

    def turn(self) -> tuple[Utterance, ...]:
        """What was said since the last finished answer, from the user's first open line on.

        An answer counts as finished when it calls no tool. Lines that came while tools ran belong to the
        same turn. After an answer with nothing behind it (a fallback text, say) the turn before is open.
        """
        end = len(self.utterances)
        while True:
            start = self._last_answer_before(end) + 1
            if any(said.role == "user" for said in self.utterances[start:]) or start == 0:
                return self.utterances[start:]
            end = start - 1

    def _last_answer_before(self, end: int) -> int:
        for at in range(end - 1, -1, -1):
            if self.utterances[at].role == "assistant" and not self.utterances[at].calls:
                return at
        return -1

    def burst(self) -> tuple[str, ...]:
        """The open lines of the user, in order; a summary of what was before is none."""
        texts = (said.text for said in self.turn() if said.role == "user" and not said.text.startswith(_SUMMARY))
        return tuple(line.strip() for text in texts for line in text.splitlines() if line.strip())


@dataclass(frozen=True)
class Usage:
    """Token counts; as an override, only what is set replaces the estimate."""

    prompt: int | None = None
    completion: int | None = None
    cached: int | None = None
    cache_write: int | None = None
    reasoning: int | None = None


@dataclass(frozen=True)
class Reply:
    """What the model says: text, calls, or both at once. `latency` is in seconds."""

    text: str | None = None
    calls: tuple[Call, ...] = ()
    latency: float = 0.0
    usage: Usage = field(default_factory=Usage)
    finish_reason: str | None = None


@dataclass(frozen=True)
class Ask:
    """A request that was found valid. `prompt` is its text as the token estimate and the cache see it."""

    model: ModelProfile
    conversation: Conversation
    prompt: str
    effort: str
    max_output: int | None
    request: dict[str, Any]
