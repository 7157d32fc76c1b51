"""What Meta says of a client's templates, channels and accounts, as facts: each about one thing, at Meta's own time.

Reports come twice, late and in any order. A fact holds until one with a later time is told, whenever that arrives.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Subject(StrEnum):
    TEMPLATE = "template"
    """Known by account, name and language."""
    CHANNEL = "channel"
    """Known by account and the digits of the number."""
    ACCOUNT = "account"


@dataclass(frozen=True)
class Fact:
    """`aspect` names what is told of; `value` is what holds since `at`, `more` what belongs to it (a reason)."""

    subject: Subject
    key: tuple[str, ...]
    aspect: str
    value: Any
    at: datetime
    more: Mapping[str, Any] | None = None


APPROVED = "APPROVED"
MARKETING = "MARKETING"

_SAME_AS_APPROVED = frozenset({"REINSTATED", "UNPAUSED"})


def template_status(event: str) -> str:
    """The state a template is in after an `event` of message_template_status_update. Only APPROVED may be sent."""
    return APPROVED if event in _SAME_AS_APPROVED else event


@dataclass(frozen=True)
class Standing:
    """What is known of a template when it is to be sent."""

    status: str | None
    category: str | None
    reason: str | None = None

    @property
    def may_be_sent(self) -> bool:
        """Whether nothing speaks against it: of a template nobody has told of, Meta decides."""
        return self.status in (None, APPROVED)
