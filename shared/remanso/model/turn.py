"""A turn: one sealed burst and its answer."""

from enum import StrEnum


class TurnState(StrEnum):
    """At most one OPEN turn per conversation exists (a partial unique index keeps it so).

    Whether an open turn is being worked on is told by its lease, not by a state of its own.
    """

    OPEN = "open"
    ANSWERED = "answered"
    CANCELLED = "cancelled"
    """A person took the conversation over before the answer was stored."""
    FAILED = "failed"
    """No answer can come (the model refuses, budgets are spent); the reason is stored and a person is asked for."""


class CallState(StrEnum):
    """A tool call's fate. STARTED is written before the tool runs, so that a crash never hides a side effect."""

    PENDING = "pending"
    STARTED = "started"
    DONE = "done"
    UNKNOWN = "unknown"
    """A write tool was started by a process that died: nobody knows whether it took effect, and it is not run again."""


class Effect(StrEnum):
    """What a tool does to the world."""

    READ = "read"
    WRITE = "write"
