"""An order to the outside is killed around its calls, and given again: what must stand then, and nothing twice."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tests.support.provisioning import Ended, Operator, Trap

EVERY = int(os.environ.get("REMANSO_KILL_EVERY", "0"))
"""Also killed before every so many calls; 1 is all of them, and takes minutes. 0: only after what changes something."""

Point = tuple[int, str]


@dataclass(frozen=True)
class Killed:
    """`words` are the order, `prepare` brings the world to where it is given, `wrong` tells what is not as it must."""

    desk: Operator
    words: Sequence[str]
    prepare: Callable[[], object]
    wrong: Callable[[], Sequence[str]]
    trap: Trap | None = None
    changes: Callable[[str], bool] = lambda call: not call.startswith("GET")
    environment: Mapping[str, str] = field(default_factory=dict)
    code: int = 0
    """With which the order ends where nobody kills it."""

    def sweep(self, every: int = EVERY) -> int:
        """How often it was killed."""
        self.prepare()
        self._whole("nobody was killed")
        calls = list(self._trap.calls)
        where = points(calls, self.changes, every)
        assert where, "the order made no call that changes something"
        for number, moment in where:
            self._once(number, moment)
        return len(where)

    def _once(self, number: int, moment: str) -> None:
        self.prepare()
        died = self._run(kill=(number, moment))
        at = f"{' '.join(self.words)}: {moment} call {number} ({self._trap.calls[-1]})"
        assert died.code is None, f"{at} it lived: {died.out}"
        self._whole(at)

    def _whole(self, at: str) -> None:
        ended = self._run()
        assert ended.code == self.code, f"{at}: {ended.out}{ended.err}"
        wrong = list(self.wrong())
        assert not wrong, f"{at}: {'; '.join(wrong)}"

    @property
    def _trap(self) -> Trap:
        return self.trap or self.desk.places.tripwire

    def _run(self, kill: Point | None = None) -> Ended:
        if kill is None:
            self._trap.reset()
        return self.desk.run(*self.words, kill=kill, trap=self._trap, env=self.environment)


def points(calls: Sequence[str], changes: Callable[[str], bool], every: int) -> list[Point]:
    after = [(number, "after") for number, call in enumerate(calls, 1) if changes(call)]
    before = [(number, "before") for number in range(1, len(calls) + 1, every)] if every else []
    return sorted([*after, *before])
