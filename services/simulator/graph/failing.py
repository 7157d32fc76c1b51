"""Ordered faults in action: what the sender gets instead of the stand-in's answer."""

import asyncio
from collections.abc import AsyncIterator

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from services.simulator.connections import cut, hang
from services.simulator.graph.faults import Fault
from services.simulator.graph.refusals import Refusal, unauthenticated


async def spoil_before(fault: Fault | None, request: Request) -> Response | None:
    """The answer of a fault that lets nothing take effect; None: go on. Raises `Refusal` where the fault is one."""
    if fault is None:
        return None
    match fault.kind:
        case "slow":
            await asyncio.sleep(fault.seconds)
        case "token_expired":
            raise unauthenticated(expired=True)
        case "code" if fault.code is not None:
            raise Refusal(fault.code, fault.details, http=fault.http)
        case "http":
            status = fault.http or 503
            return HTMLResponse(f"<html><body><h1>{status}</h1></body></html>", status)
        case "timeout_before":
            return await hang(request, fault.cleared)
        case "reset_before":
            return cut(request)
    return None


async def spoil_after(fault: Fault | None, request: Request) -> Response | None:
    """The answer of a fault that hides what took effect; None: tell it."""
    if fault is not None and fault.kind == "timeout_after":
        return await hang(request, fault.cleared)
    if fault is not None and fault.kind == "reset_after":
        return cut(request)
    return None


def download(fault: Fault | None, content: bytes, mime_type: str) -> Response:
    """The bytes of a file, as the fault leaves them."""
    if fault is not None and fault.kind == "corrupt":
        return Response(bytes([content[0] ^ 1]) + content[1:], media_type=mime_type)
    if fault is not None and fault.kind == "dribble":
        return StreamingResponse(_dribble(content, fault.seconds), media_type=mime_type)
    return Response(content, media_type=mime_type)


async def _dribble(content: bytes, seconds: float) -> AsyncIterator[bytes]:
    """In up to 50 pieces, evenly over `seconds`."""
    size = max(1, len(content) // 50)
    pause = seconds / -(-len(content) // size)
    for start in range(0, len(content), size):
        await asyncio.sleep(pause)
        yield content[start : start + size]
