"""`/events`: one stream for each open page. It names what changed; the page asks for that again, as itself.

Nothing is said here that would have to be hidden from somebody: only ids, and only of the viewer's clients. A page that
comes back is told to draw everything, so nothing has to be kept for it.
"""

import asyncio
import json
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent

from services.console.console import console_of
from services.console.live.hub import EVERYTHING
from services.console.people.access import MemberViewer
from services.console.people.who import still_open

routes = APIRouter()

GATHER_SECONDS = 0.3
"""Changes so close together are told as one: a burst, its receipts."""
LOOK_AGAIN_SECONDS = 60.0
"""So often an open stream makes sure that its session has not been ended, nor its roles changed."""


@routes.get("/events", response_class=EventSourceResponse)
async def events(request: Request, viewer: MemberViewer) -> AsyncIterator[ServerSentEvent]:
    hub = console_of(request).hub
    with hub.listening(viewer.scope) as listener:
        yield ServerSentEvent(event="changed", raw_data=json.dumps([EVERYTHING]), retry=1500)
        while not hub.stopping.is_set():
            try:
                async with asyncio.timeout(LOOK_AGAIN_SECONDS):
                    await listener.there.wait()
            except TimeoutError:
                if not await still_open(request, viewer):
                    return
                continue
            await asyncio.sleep(GATHER_SECONDS)
            yield ServerSentEvent(event="changed", raw_data=json.dumps(listener.take()))
