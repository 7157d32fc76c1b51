"""Ordered faults in action: what the sender gets instead of the stand-in's answer."""

import asyncio

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

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
