"""The words in which a refusal of Meta's is judged."""

from dataclasses import dataclass
from enum import StrEnum


class RefusalKind(StrEnum):
    """What helps against a refusal."""

    RETRY = "retry"
    """The same message later."""
    PERMANENT = "permanent"
    """Nothing: this message never arrives."""
    OPERATOR = "operator"
    """A person: token, billing, registration, policy. Everything it is about waits for them."""


class Scope(StrEnum):
    """Whom a refusal is about: what is slowed down by one that passes, parked by one that wants a person."""

    NOTHING = "nothing"
    """This message alone."""
    CONTACT = "contact"
    """What this number sends to this contact."""
    TEMPLATE = "template"
    """What is sent by this template; for a message without one, as CONTACT."""
    NUMBER = "number"
    ACCOUNT = "account"
    """Every number of the WhatsApp Business Account."""
    APP = "app"
    """Every number of the client: its app and its access token."""


@dataclass(frozen=True)
class Words:
    """The same for people in both languages."""

    en: str
    es: str

    def in_language(self, language: str | None) -> str:
        return self.es if language == "es" else self.en


@dataclass(frozen=True)
class Verdict:
    kind: RefusalKind
    scope: Scope
    reason: Words
    """Why, as a person of the business understands it."""
    remedy: Words | None = None
    """What to do; of those that want an operator."""
    tries: int | None = None
    """With RETRY: after so many it is permanent."""
    known: bool = True
    """False where the code stands in no table: worth an alert."""

    @property
    def few(self) -> bool:
        return self.tries is not None

    @property
    def meaning(self) -> str:
        """For logs."""
        return self.reason.en


@dataclass(frozen=True)
class Rule:
    """The codes from `first` to `last`, and what they mean. A narrower rule wins over a wider one."""

    first: int
    last: int
    verdict: Verdict
