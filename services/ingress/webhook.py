"""The webhook, as Meta calls it: GET once to verify the address, POST with what happened.

A POST is answered with 200 only when every event in it is confirmed by the bus: from then on the bus is the truth. Any
other answer makes Meta send all of it again, for up to seven days, and the derived ids tell the repeats.
"""

import hmac
from collections.abc import Sequence
from datetime import UTC, datetime

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.requests import ClientDisconnect

from remanso import tracing
from remanso.bus.publisher import Publisher
from remanso.channels.whatsapp import signature
from remanso.errors import BadInput, RemansoError
from remanso.plugin.registry import Client, Registry
from remanso.runtime.http import caller
from services.ingress.body import TooLarge, raw_body
from services.ingress.journal import IN_WORK, Entry, Outcome
from services.ingress.receive import envelopes_of
from services.ingress.strangers import Strangers
from services.ingress.traced import webhook

PATH = "/webhooks/whatsapp"
CONFIRM_SECONDS = 3.0

_UNREAD = (Outcome.UNSIGNED, Outcome.THROTTLED)
_CUT = {"connection": "close"}
"""For whom we have not listened to: what else they send on this connection is not waited for."""

log = structlog.get_logger()


def webhooks(registry: Registry, publisher: Publisher, proxies: int = 0) -> APIRouter:
    """The routes, with `proxies` of ours before them.

    `/webhooks/whatsapp/{client}` belongs to one client; `/webhooks/whatsapp` to all of them, told apart by whose secret
    fits.
    """
    router, strangers = APIRouter(), Strangers()

    def addressed(request: Request) -> list[Client]:
        name = request.path_params.get("client")
        return [client for client in registry.clients.values() if name is None or client.name == name]

    @router.get(PATH)
    @router.get(PATH + "/{client}")
    async def verify(request: Request) -> Response:
        who = caller(request, proxies)
        if strangers.is_one(who):
            return Response(status_code=429)
        answer = _verification(request, addressed(request))
        if answer.status_code != 200:
            strangers.was_wrong(who)
        return answer

    @router.post(PATH)
    @router.post(PATH + "/{client}")
    async def deliver(request: Request) -> Response:
        entry, who = Entry(), caller(request, proxies)
        with IN_WORK.track_inprogress():
            try:
                outcome = await _outcome(request, addressed(request), publisher, strangers, who, entry)
            except Exception as problem:  # whatever it is, nothing is confirmed: Meta must send it again
                log.exception("webhook.failed")
                entry.problem, outcome = type(problem).__name__, Outcome.UNAVAILABLE
        if outcome in (Outcome.UNSIGNED, Outcome.UNKNOWN_CLIENT):
            strangers.was_wrong(who)
        entry.close(outcome)
        return Response(status_code=outcome.value, headers=_CUT if outcome in _UNREAD else None)

    return router


def _verification(request: Request, clients: Sequence[Client]) -> Response:
    """Meta's challenge, returned as it is to whoever knows the verify token."""
    if not clients:
        return Response(status_code=404)
    asked, given = request.query_params, request.query_params.get("hub.verify_token", "").encode()
    tokens = [client.secret("verify_token").get_secret_value().encode() for client in clients]
    known = [hmac.compare_digest(token, given) for token in tokens]
    if asked.get("hub.mode") != "subscribe" or "hub.challenge" not in asked or not any(known):
        return Response(status_code=403)
    return PlainTextResponse(asked["hub.challenge"])


async def _outcome(
    request: Request, clients: Sequence[Client], publisher: Publisher, strangers: Strangers, who: str, entry: Entry
) -> Outcome:
    """What becomes of a POST. A body is read only where something that may be a signature stands over it."""
    header = request.headers.get(signature.HEADER, "")
    if not clients:
        return Outcome.UNKNOWN_CLIENT
    if not signature.is_well_formed(header):
        return Outcome.THROTTLED if strangers.is_one(who) else Outcome.UNSIGNED
    async with strangers.lane(who):
        return await _delivery(request, header, clients, publisher, entry)


async def _delivery(
    request: Request, header: str, clients: Sequence[Client], publisher: Publisher, entry: Entry
) -> Outcome:
    received_at = datetime.now(UTC)
    try:
        body = await raw_body(request)
    except TooLarge:
        return Outcome.TOO_LARGE
    except TimeoutError:
        return Outcome.TOO_SLOW
    except ClientDisconnect:
        return Outcome.HUNG_UP
    entry.bytes = len(body)
    signers = _signers(body, header, clients)
    if not signers:
        return Outcome.UNSIGNED
    entry.clients = [client.name for client in signers]
    try:
        entry.envelopes = envelopes_of(body, signers, received_at)
        with webhook(PATH, ",".join(entry.clients), received_at, entry.envelopes) as envelopes:
            entry.traceparent = tracing.current()
            await publisher.publish(*envelopes, timeout=CONFIRM_SECONDS)
    except BadInput as problem:
        entry.problem = str(problem)
        return Outcome.MALFORMED
    except RemansoError as problem:
        entry.problem = f"{type(problem).__name__}: {problem}"
        return Outcome.UNAVAILABLE
    return Outcome.ACCEPTED


def _signers(body: bytes, header: str | None, clients: Sequence[Client]) -> list[Client]:
    """Those whose secret signed the body: one, or all that share a Meta app."""
    return [client for client in clients if signature.is_signed(body, header, client.app_secrets)]
