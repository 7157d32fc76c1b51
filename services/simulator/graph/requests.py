"""Every request made to the Graph stand-in, refused ones included."""

from dataclasses import asdict, dataclass
from typing import Any, Literal


@dataclass
class GraphRequest:
    """One request. `status` None: it was never answered. `accepted`: a message was taken for sending."""

    at: float
    kind: Literal["message", "read", "media", "number", "assets"]
    pnid: str
    payload: Any
    to: str | None = None
    status: int | None = None
    code: int | None = None
    wamid: str | None = None
    accepted: bool = False
    callback: str | None = None

    def shown(self) -> dict[str, Any]:
        """The object the control API gives."""
        return asdict(self)
