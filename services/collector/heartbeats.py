"""The door for heartbeats: `POST /collector/apps/{app}/heartbeat`, signed with the app's own key."""

from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import Counter, Gauge
from pydantic import ValidationError

from remanso.errors import StoreUnavailable
from remanso.model.app_key import SIGNATURE_HEADER, is_signed
from remanso.model.heartbeat import OLDEST, Heartbeat
from remanso.store import Store
from services.collector.body import TooLarge, whole

MOST_BYTES = 256 << 10
"""A shared app with a thousand clients has 150 KB to tell."""

HEARD = Counter("remanso_collector_heartbeats_total", "Heartbeats, by answer.", ["outcome"])
LAST = Gauge("remanso_collector_heartbeat_timestamp_seconds", "When an app was last heard, as Unix time.", ["about"])


def heartbeats(store: Store) -> APIRouter:
    router = APIRouter()

    @router.post("/{app}/heartbeat")
    async def hear(request: Request, app: str) -> Response:
        try:
            status, words = await _heard(store, request, app)
        except TooLarge:
            status, words = 413, f"more than {MOST_BYTES} bytes"
        except StoreUnavailable:
            status, words = 503, "the database does not answer; come again"
        HEARD.labels(str(status)).inc()
        return PlainTextResponse(words, status)

    return router


async def _heard(store: Store, request: Request, app: str) -> tuple[int, str]:
    body = await whole(request, MOST_BYTES)
    async with store.transaction() as tx:
        known, now = await tx.apps.credentials(app), await tx.apps.now()
        if known is None or not is_signed(body, request.headers.get(SIGNATURE_HEADER, ""), known.public_key):
            return 401, "unknown app, or not signed with its key: provision it again, or `remanso apps add` it"
        try:
            heartbeat = Heartbeat.model_validate_json(body)
        except ValidationError as wrong:
            return 400, "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in wrong.errors())
        if problem := _not_believed(heartbeat, app, now):
            return 400, problem
        if not await tx.apps.heard(heartbeat):
            return 200, "a later one is here already"
    LAST.labels(app).set(now.timestamp())
    return 204, ""


def _not_believed(heartbeat: Heartbeat, app: str, now: datetime) -> str:
    """Signed for another app, or at another time: somebody repeats what they have overheard, or a clock is wrong."""
    if heartbeat.app != app:
        return "signed for another app"
    if abs(now - heartbeat.sent_at) > OLDEST:
        return f"sent_at is more than {OLDEST.total_seconds() / 60:.0f} minutes from now: set that machine's clock"
    return ""
