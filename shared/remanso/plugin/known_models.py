"""What OpenAI's own models take, as data. Source: OpenAI's model pages and bug reports on them, November 2026.

A model that is not here (a compatible server's, or one that came later) is asked as its profile says.
"""

from dataclasses import dataclass
from typing import Literal

_TO_MAX = ("none", "low", "medium", "high", "xhigh", "max")
_TO_XHIGH = ("none", "low", "medium", "high", "xhigh")
_ALWAYS_REASONING = ("low", "medium", "high", "xhigh", "max")
_FROM_MINIMAL = ("minimal", "low", "medium", "high")
_MILLION = 1_050_000


@dataclass(frozen=True)
class KnownModel:
    """One family; `efforts` are empty where it does not reason, `window` is input and output in tokens.

    `tools_on_chat` says when Chat Completions takes function tools: `always`, `without_reasoning` (only while the
    effort in force is "none") or `never`, where nothing but Responses does.
    """

    family: str
    efforts: tuple[str, ...]
    default_effort: str
    tools_on_chat: Literal["always", "without_reasoning", "never"]
    window: int

    @property
    def reasons(self) -> bool:
        return bool(self.efforts)


_KNOWN = (
    KnownModel("gpt-6.1-sol", _ALWAYS_REASONING, "medium", "never", _MILLION),
    KnownModel("gpt-6.1", _TO_MAX, "medium", "without_reasoning", _MILLION),
    KnownModel("gpt-6-astra", _ALWAYS_REASONING, "medium", "never", _MILLION),
    KnownModel("gpt-6", _TO_MAX, "medium", "without_reasoning", _MILLION),
    KnownModel("gpt-5.6", _TO_MAX, "medium", "without_reasoning", _MILLION),
    KnownModel("gpt-5.4-mini", _TO_XHIGH, "none", "without_reasoning", 400_000),
    KnownModel("gpt-5.4", _TO_XHIGH, "none", "without_reasoning", _MILLION),
    KnownModel("gpt-5", _FROM_MINIMAL, "medium", "always", 400_000),
    KnownModel("gpt-4.1", (), "none", "always", 1_047_576),
    KnownModel("gpt-4o", (), "none", "always", 128_000),
)


def known_model(name: str) -> KnownModel | None:
    """The family of `name` (`gpt-6-luna`, `gpt-6-luna-2026-09-01`), the most special one first."""
    fitting = (known for known in _KNOWN if name == known.family or name.startswith(f"{known.family}-"))
    return next(fitting, None)
