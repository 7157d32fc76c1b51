"""The door for Heroku's log drains: `POST /collector/apps/{app}/drain`, with basic auth as the drain's URL says.

A 2xx tells Logplex that it may forget; anything else, that it shall come again. What can never be read is answered with
400 and so comes again a few times, too: Heroku knows no other way to be told.
"""

import hmac
from base64 import b64decode

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import Counter

from remanso.errors import BadInput, StoreUnavailable
from remanso.model.tokens import hashed
from remanso.store import Store
from services.collector.body import TooLarge, whole
from services.collector.logplex import messages
from services.collector.sifting import Sifted, sifted

FORMAT = "application/logplex-1"
MOST_BYTES = 4 << 20

DRAINED = Counter("remanso_collector_drains_total", "Requests of log drains, by answer.", ["outcome"])
LINES = Counter("remanso_collector_lines_total", "Log lines drained, by app and level.", ["about", "level"])
CODES = Counter("remanso_collector_heroku_errors_total", "Heroku's own errors, by app and code.", ["about", "code"])

log = structlog.get_logger()


def drains(store: Store) -> APIRouter:
    router = APIRouter()

    @router.post("/{app}/drain")
    async def drain(request: Request, app: str) -> Response:
        try:
            refusal = await _refusal(store, request, app)
            answer = refusal or await _taken(store, request, app)
        except TooLarge:
            answer = _say(413, "too_large", f"more than {MOST_BYTES} bytes")
        except BadInput as problem:
            log.warning("drain.unreadable", app=app, problem=str(problem))
            answer = _say(400, "unreadable", str(problem))
        except StoreUnavailable:
            answer = _say(503, "unavailable", "the database does not answer; come again")
        DRAINED.labels(answer.headers["x-outcome"]).inc()
        return answer

    return router


async def _refusal(store: Store, request: Request, app: str) -> Response | None:
    """401 says the same for a wrong password and for an app nobody knows."""
    user, password = _credentials(request)
    async with store.transaction() as tx:
        known = await tx.apps.credentials(app)
    expected = known.drain_hash if known else hashed("")
    if not hmac.compare_digest(hashed(password), expected) or known is None or user != app:
        answer = _say(
            401, "unknown", "wrong app or password: put the drain's URL as `remanso clients provision` made it"
        )
        answer.headers["www-authenticate"] = 'Basic realm="drain"'
        return answer
    if request.headers.get("content-type", "").partition(";")[0].strip() != FORMAT:
        return _say(415, "wrong_type", f"the content type must be {FORMAT}")
    return None


async def _taken(store: Store, request: Request, app: str) -> Response:
    """One transaction: the frame's id and all that it brought, or nothing."""
    count = request.headers.get("logplex-msg-count", "")
    if count and not (count.isascii() and count.isdigit()):
        raise BadInput("Logplex-Msg-Count is no number")
    body = await whole(request, MOST_BYTES)
    found = sifted(messages(body, int(count) if count else None))
    frame = request.headers.get("logplex-frame-id") or hashed(body.decode("latin-1"))
    async with store.transaction() as tx:
        if not await tx.apps.new_frame(app, frame[:128]):
            return _say(200, "repeated", "drained before")
        await tx.apps.drained(app, found.lines, found.troubles, found.dynos)
    _count(app, found)
    return _say(200, "taken", "")


def _count(app: str, found: Sifted) -> None:
    for level, number in found.levels.items():
        LINES.labels(app, level).inc(number)
    for code, number in found.codes.items():
        CODES.labels(app, code).inc(number)


def _credentials(request: Request) -> tuple[str, str]:
    """User and password of basic auth; empty ones where there are none."""
    kind, _, value = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return "", ""
    try:
        user, _, password = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return user, password


def _say(status: int, outcome: str, words: str) -> Response:
    return PlainTextResponse(f"{words}\n" if words else "", status, {"x-outcome": outcome})
