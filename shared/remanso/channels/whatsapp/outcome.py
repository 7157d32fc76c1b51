"""What can become of a send, as types: whoever sends must say what each of them means for the delivery.

None of them carries the access token, the text or the recipient, so all of them may be logged.
"""

from dataclasses import dataclass

from remanso.channels.whatsapp.errors import RefusalKind, Scope
from remanso.channels.whatsapp.usage import UNTOLD, Usage


@dataclass(frozen=True)
class Accepted:
    """Meta took the message. Whether it arrives is told by receipts."""

    wamid: str
    wa_id: str | None
    """The recipient's number as Meta knows it; may differ from the one written to. None for a send to a user id."""
    usage: Usage = UNTOLD


@dataclass(frozen=True)
class Refused:
    """Meta said no, or the request could not even be made: nothing was sent."""

    code: int | None
    """None where the answer was not Meta's JSON."""
    http_status: int | None
    kind: RefusalKind
    detail: str
    """Meaning and Meta's own words, without personal data."""
    tries: int | None = None
    """With RefusalKind.RETRY: after so many it is permanent; None: as long as it takes."""
    retry_after: float | None = None
    """Seconds the server asked for, where it did."""
    scope: Scope = Scope.NOTHING
    """Whom it is about."""
    usage: Usage = UNTOLD


@dataclass(frozen=True)
class OutcomeUnknown:
    """The request was written and no answer settles its fate. Only a receipt can: sending again may repeat it."""

    reason: str


@dataclass(frozen=True)
class NotSent:
    """The request never left: it may be tried again freely."""

    reason: str


Outcome = Accepted | Refused | OutcomeUnknown | NotSent
