"""What goes wrong outside, told to an operator: what was tried, why it failed, what to do about it.

RemansoError
├── OutsideFailed          somebody outside said no; `todo` says what would help
│   ├── Absent             what was asked for is not there (404)
│   └── Foreign            the name is taken by something this tool did not make
└── Unavailable
    └── OutsideUnavailable no answer, or one that decides nothing: look before trying again
"""

from remanso.errors import RemansoError, Unavailable


class OutsideFailed(RemansoError):
    """`code` is the place's own id of the error, to branch on."""

    def __init__(self, what: str, why: str, *, code: str = "", status: int = 0, todo: str = "") -> None:
        super().__init__(f"{what}: {why}")
        self.code, self.status, self.todo = code, status, todo


class Absent(OutsideFailed):
    """404."""


class Foreign(OutsideFailed):
    """There is something of that name, and it is not ours."""


class OutsideUnavailable(Unavailable):
    """Whether it was done is not known."""

    todo = "run the same command again: it looks first at what is there"
