"""What the fleet asks of any place where a bot runs."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fleet.clients.steps import Step, Tell

Config = Mapping[str, str | None]
"""Config vars as wanted; None takes one away."""


@dataclass(frozen=True)
class Deployment:
    """How one client's bot is, as its platform sees it."""

    url: str | None = None
    commit: str | None = None
    behind: bool = False
    """Something else runs than the client's HEAD."""
    release: str | None = None
    processes: Mapping[str, int] = field(default_factory=dict)
    """Running ones, by type."""
    trouble: str = ""
    cents: int | None = None
    """US cents a month."""


class Platform(ABC):
    """One client's place. All raise OutsideFailed and OutsideUnavailable."""

    @abstractmethod
    def steps(self) -> Sequence[Step]:
        """From nothing to a running bot, but for the check of its health."""

    @abstractmethod
    def url(self) -> str | None:
        """Where the web process answers; None before there is one."""

    def database_url(self) -> str | None:
        """Of its PostgreSQL, a secret; None where it is not to be reached from here."""
        return None

    @abstractmethod
    def back_up(self, target: Path) -> bool:
        """The database in the folder `target`, there whole or not at all; False where nothing is that would be lost
        with the client."""

    @abstractmethod
    def status(self) -> Deployment: ...

    @abstractmethod
    def deploy(self, tell: Tell) -> None:
        """Bring the client's HEAD to run; returns when it does."""

    @abstractmethod
    def roll_back(self) -> str:
        """Go back to the release before, with the config vars of now; its name."""

    @abstractmethod
    def differing(self, values: Config) -> list[str]:
        """Names of `values` that are otherwise there."""

    @abstractmethod
    def set_config(self, values: Config) -> list[str]:
        """One change for all; the names that were otherwise."""

    @abstractmethod
    def restart(self) -> None: ...

    @abstractmethod
    def scale(self, processes: Mapping[str, int]) -> None: ...

    @abstractmethod
    def logs(self, lines: int) -> Iterator[str]:
        """Each begins with its time, in ISO 8601."""
