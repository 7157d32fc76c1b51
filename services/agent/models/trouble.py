"""What failures mean, as data: what each is worth trying again, who must know, what the circuit breaker counts.

Sources: the error codes of OpenAI's reference and of openai-python 3.54's types; texts of compatible servers.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from services.agent.asking import ModelRefused

CONTEXT_LENGTH_EXCEEDED = "context_length_exceeded"
LOST_REASONING = "invalid_encrypted_content"
"""The server does not read (any more) what it thought itself; seen at OpenAI too, for hours, in December 2025."""


@dataclass(frozen=True)
class Kind:
    """One kind of failure. `reason` is what is logged and counted.

    attempts: how many attempts it is worth. pause: seconds at least before the next. counts: the circuit breaker
    counts it. lasting: it opens the circuit at once, for long. operator: nothing passes until a person acts.
    """

    reason: str
    attempts: int = 99
    pause: float = 0.0
    counts: bool = False
    lasting: bool = False
    operator: bool = False


CONNECTION = Kind("connection", counts=True)
TIMEOUT = Kind("timeout", attempts=2, counts=True)
NO_FREE_CONNECTION = Kind("no_free_connection", attempts=2)  # our own overload, not the provider's
SERVER_ERROR = Kind("server_error", counts=True)
OVERLOADED = Kind("overloaded", pause=2.0, counts=True)
TRY_AGAIN = Kind("try_again")  # 408 and 409
RATE_LIMITED = Kind("rate_limited")
SLOW_DOWN = Kind("rate_limited", pause=2.0)
BROKEN_JSON = Kind("broken_json", attempts=2, counts=True)
UNREADABLE = Kind("unreadable", attempts=2, counts=True)
HOLLOW = Kind("hollow", counts=True)  # a proxy's 200 without an answer in it: its upstream failed
BILLING = Kind("billing", attempts=1, lasting=True, operator=True)
AUTHENTICATION = Kind("authentication", attempts=1, lasting=True, operator=True)
PERMISSION = Kind("permission", attempts=1, operator=True)
MODEL_NOT_FOUND = Kind("model_not_found", attempts=1, operator=True)
WRONG_PROFILE = Kind("wrong_profile", attempts=1, operator=True)
CIRCUIT_OPEN = Kind("circuit_open", attempts=1)

BY_CODE: Mapping[str, Kind] = {
    "credit_balance_exhausted": BILLING,
    "insufficient_quota": BILLING,  # also the `type` of the others
    "organization_spend_limit_exceeded": BILLING,
    "organization_usage_limit_exceeded": BILLING,
    "project_spend_limit_exceeded": BILLING,
    "invalid_api_key": AUTHENTICATION,
    "model_not_found": MODEL_NOT_FOUND,
    "rate_limit_exceeded": RATE_LIMITED,
    "server_error": SERVER_ERROR,
    "server_is_overloaded": OVERLOADED,
    "slow_down": SLOW_DOWN,
    "unknown_parameter": WRONG_PROFILE,
    "unsupported_parameter": WRONG_PROFILE,
    "unsupported_value": WRONG_PROFILE,
}
BY_STATUS: Mapping[int, Kind] = {
    401: AUTHENTICATION,
    403: PERMISSION,
    404: MODEL_NOT_FOUND,
    408: TRY_AGAIN,
    409: TRY_AGAIN,
    429: RATE_LIMITED,
}
OF_THE_PROFILE = frozenset(("max_completion_tokens", "max_output_tokens", "max_tokens", "reasoning_effort"))
"""Parameters that come from client.toml and from nothing else."""
FILTER_CODES = frozenset(
    ("bio_policy", "content_filter", "content_policy_violation", "invalid_prompt", "misalignment_policy_violation")
)
_NOT_KEPT = "Items are not persisted"  # a 404 that is about reasoning, not about the model
_TOO_LONG = re.compile(r"context (length|window|size)|maximum context|prompt is too long", re.IGNORECASE)


class Trouble(Exception):
    """One failed attempt that may be worth another. `retry_after` in seconds, when the provider gave one."""

    def __init__(self, kind: Kind, retry_after: float | None = None) -> None:
        super().__init__(kind.reason)
        self.kind = kind
        self.retry_after = retry_after


class Filtered(Exception):
    """The provider's content filter refuses the question: asking again changes nothing, and a person should answer."""


@dataclass(frozen=True)
class Told:
    """What a provider says went wrong. `message` may quote a contact: it is read here and kept nowhere."""

    status: int | None = None
    code: str | None = None
    type: str | None = None
    param: str | None = None
    message: str = ""
    retry_after: float | None = None


def meaning(told: Told) -> Trouble | ModelRefused | Filtered:
    """What to do about a failure: wait, give the question up, or treat it as filtered."""
    if told.code in FILTER_CODES:
        return Filtered()
    if _too_long(told):
        return ModelRefused(CONTEXT_LENGTH_EXCEEDED)
    if told.code is None and _NOT_KEPT in told.message:
        return ModelRefused(LOST_REASONING)
    kind = _kind(told)
    if kind is None:
        return ModelRefused(told.code or f"http_{told.status}")
    return Trouble(kind, told.retry_after)


def _kind(told: Told) -> Kind | None:
    kind = BY_CODE.get(told.code or "") or BY_CODE.get(told.type or "")
    if kind is WRONG_PROFILE and "[" in (told.param or ""):
        return None  # something inside this one question, not the profile
    if kind is not None:
        return kind
    if told.status == 400 and (told.param or "").replace("reasoning.effort", "reasoning_effort") in OF_THE_PROFILE:
        return WRONG_PROFILE
    if told.status is None or told.status >= 500:
        return SERVER_ERROR
    return BY_STATUS.get(told.status)


def _too_long(told: Told) -> bool:
    """Compatible servers have no code for it, only a sentence; 413 is a proxy's word."""
    if told.code == CONTEXT_LENGTH_EXCEEDED or told.status == 413:
        return True
    return told.status == 400 and told.code is None and _TOO_LONG.search(told.message) is not None
