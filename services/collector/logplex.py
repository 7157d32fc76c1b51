"""What Heroku's Logplex posts: syslog messages, each behind its length in bytes (RFC 6587), as application/logplex-1.

A message is `<pri>1 time host name process msgid text`: RFC 5424, but without its structured data (heroku/logplex,
doc/README.http_drains.md). `name` is `app` for what the app writes and `heroku` for what the platform says.
"""

import re
from dataclasses import dataclass
from datetime import datetime

from remanso.errors import BadInput

_HEADER = re.compile(
    rb"<(?P<pri>\d{1,3})>1 (?P<at>\S+) (?P<host>\S+) (?P<name>\S+) (?P<process>\S+) (?P<msgid>\S+) ?", re.ASCII
)
LONGEST = 1 << 16
"""Bytes of one message: Heroku splits lines at 10,000."""


@dataclass(frozen=True)
class Message:
    at: datetime
    name: str
    process: str
    text: str


def messages(body: bytes, announced: int | None) -> list[Message]:
    """All messages of a request. Raises BadInput, which says where it cannot be read, and never what stands there.

    `announced` is Logplex-Msg-Count: another number than is found means that something was cut off.
    """
    found: list[Message] = []
    place = 0
    while place < len(body):
        length, start = _length(body, place, len(found) + 1)
        found.append(_message(body[start : start + length], len(found) + 1))
        place = start + length
    if announced is not None and announced != len(found):
        raise BadInput(f"Logplex-Msg-Count is {announced}, the body has {len(found)} messages")
    return found


def _length(body: bytes, place: int, number: int) -> tuple[int, int]:
    """Of the message whose length stands at `place`: the length, and where the message begins."""
    digits, space, _ = body[place : place + 8].partition(b" ")
    if not (space and digits.isdigit()):
        raise BadInput(f"message {number}: its length in bytes and a space must stand before it (RFC 6587)")
    length, start = int(digits), place + len(digits) + 1
    if not 0 < length <= LONGEST:
        raise BadInput(f"message {number}: a length of {length}; 1 to {LONGEST} are possible")
    if start + length > len(body):
        raise BadInput(f"message {number}: announced as {length} bytes, but the body ends before")
    return length, start


def _message(raw: bytes, number: int) -> Message:
    header = _HEADER.match(raw)
    if header is None:
        raise BadInput(f"message {number}: is no syslog message (RFC 5424)")
    try:
        at = datetime.fromisoformat(header["at"].decode())
    except ValueError:
        raise BadInput(f"message {number}: its time is no RFC 3339 time") from None
    if at.tzinfo is None:
        raise BadInput(f"message {number}: its time has no zone")
    text = raw[header.end() :].decode(errors="replace").rstrip("\n")
    return Message(at, header["name"].decode(errors="replace"), header["process"].decode(errors="replace"), text)
