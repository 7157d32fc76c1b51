"""A step of provisioning: it looks, it does, it can take back what it did."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

Tell = Callable[[str], None]


class State(Enum):
    """What a look found."""

    DONE = "done"
    ABSENT = "absent"
    """Nothing is there; it will be made, and is ours from then on."""
    DIFFERS = "differs"
    """Something is there that will be changed."""
    WAITS = "waits"
    """Cannot be looked at before an earlier step is done."""
    IMPOSSIBLE = "impossible"
    """The place does not offer it to this account; the run goes on without it."""


@dataclass(frozen=True)
class Finding:
    state: State
    exists: str = ""
    change: str = ""
    """What applying the step will do; empty where nothing is to be done."""
    price: int = 0
    """US cents a month that the change will cost."""


class Step(ABC):
    """`look` only reads. `apply` may be called again after any crash of the one before."""

    key: str
    title: str

    @abstractmethod
    def look(self) -> Finding:
        """Raises Foreign where what is there must not be touched, OutsideFailed, OutsideUnavailable."""

    @abstractmethod
    def apply(self, tell: Tell) -> None:
        """Bring it about; returns when it is. Raises OutsideFailed, OutsideUnavailable."""

    def undo(self) -> str | None:
        """Take back what this tool made; what became of it, None where nothing has to be taken back."""
        return None
