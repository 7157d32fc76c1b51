"""Every error of ours, grouped by what the caller can do about it.

RemansoError
├── Unavailable            try again later: a peer is down, nothing was decided
│   ├── StoreUnavailable   PostgreSQL cannot be reached or broke the connection
│   └── BusUnavailable     RabbitMQ cannot be reached
│       └── PublishFailed  refused or unconfirmed: it may be stored all the same; publish again under the same id
├── Unroutable             no queue is bound for this event: the topology is wrong, trying again will not help
├── BadInput               somebody sent what we cannot read; the text says what was expected
├── ConfigurationError     settings or a client's files are wrong; the text says what to change
├── LeaseLost              another process holds the row now: stop, store nothing
│   └── Forgotten          nobody holds it: its person was forgotten, and the row with them
└── TakenOver              a person holds the conversation now: the bot's work for it ends
"""


class RemansoError(Exception):
    """The root of this tree."""


class Unavailable(RemansoError):
    """A peer is down. Nothing was decided; the same call may succeed later."""


class StoreUnavailable(Unavailable):
    """PostgreSQL cannot be reached or cut the connection before the commit was acknowledged."""


class BusUnavailable(Unavailable):
    """RabbitMQ cannot be reached."""


class PublishFailed(BusUnavailable):
    """The broker refused a message or did not confirm it in time. It may be stored all the same."""


class Unroutable(RemansoError):
    """No queue is bound for this event. The topology is wrong."""


class BadInput(RemansoError):
    """Somebody sent what we cannot read."""


class ConfigurationError(RemansoError):
    """Settings or a client's files are wrong."""


class LeaseLost(RemansoError):
    """The fencing token is no longer the newest: another process holds the row."""


class Forgotten(LeaseLost):
    """The row is gone, because the person it was about was forgotten meanwhile."""


class TakenOver(RemansoError):
    """The conversation's epoch moved on: a person holds it now."""
