"""`/operators`. Every action asks for a reason, which the audit log keeps."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from remanso.errors import PublishFailed
from services.console.console import console_of
from services.console.operators.doubts import Choice, Settled, decide
from services.console.operators.panel import gathered
from services.console.people.access import OperatorViewer
from services.console.redirects import see

routes = APIRouter(prefix="/operators")

Field = Annotated[str, Form()]
Reason = Annotated[str, Form(max_length=300)]
Attempts = Annotated[int, Form()]


@routes.get("")
async def show(request: Request, viewer: OperatorViewer) -> Response:
    return await _page(request, viewer)


@routes.post("/parkings/{parking_id}/resume")
async def resume(request: Request, viewer: OperatorViewer, parking_id: UUID, reason: Reason = "") -> Response:
    """It is mended: sent again at once. What Meta still refuses is parked again."""
    if not reason.strip():
        return await _page(request, viewer, "reason")
    async with console_of(request).store.transaction() as tx:
        parking = next((each for each in await tx.parkings.all_open() if each.id == parking_id), None)
        if parking is None or not await tx.parkings.end([parking_id], f"person:{viewer.user.id}"):
            raise HTTPException(404)
        subject = f"parking:{parking_id}"
        await viewer.did(tx, "parking.resumed", client=parking.client, subject=subject, reason=reason.strip())
    return see("/operators")


@routes.post("/deliveries/{delivery_id}")
async def settle(
    request: Request,
    viewer: OperatorViewer,
    delivery_id: UUID,
    choice: Annotated[Choice, Form()] = Choice.ADOPT,
    attempts: Attempts = 0,
    reason: Reason = "",
) -> Response:
    if not reason.strip():
        return await _page(request, viewer, "reason")
    try:
        await decide(console_of(request), viewer, delivery_id, attempts, choice, reason.strip())
    except Settled:
        return await _page(request, viewer, "settled")
    return see("/operators")


@routes.post("/letters/open")
async def open_letter(request: Request, viewer: OperatorViewer, letter: Field = "", reason: Reason = "") -> Response:
    """Shows one dead letter with its texts. A POST, because the log tells who looked, and why."""
    if not reason.strip():
        return await _page(request, viewer, "reason")
    await _note(request, viewer, "letter.opened", letter, reason)
    return await _page(request, viewer, opened=letter)


@routes.post("/letters/replay")
async def replay(request: Request, viewer: OperatorViewer, letter: Field = "", reason: Reason = "") -> Response:
    return await _settle_letter(request, viewer, "replay", letter, reason)


@routes.post("/letters/drop")
async def drop(request: Request, viewer: OperatorViewer, letter: Field = "", reason: Reason = "") -> Response:
    return await _settle_letter(request, viewer, "drop", letter, reason)


async def _settle_letter(request: Request, viewer: OperatorViewer, what: str, letter: str, reason: str) -> Response:
    """Written down first: a process killed in between has told of more than it did, never of less."""
    if not reason.strip():
        return await _page(request, viewer, "reason")
    graveyard = console_of(request).graveyard
    await _note(request, viewer, f"letter.{what}", letter, reason)
    try:
        found = await (graveyard.replay(letter) if what == "replay" else graveyard.drop(letter))
    except PublishFailed:
        return await _page(request, viewer, "broker")
    return see("/operators") if found else await _page(request, viewer, "gone")


async def _note(request: Request, viewer: OperatorViewer, action: str, letter: str, reason: str) -> None:
    async with console_of(request).store.transaction() as tx:
        await viewer.did(tx, action, subject=f"letter:{letter[:32]}", reason=reason.strip())


async def _page(request: Request, viewer: OperatorViewer, problem: str = "", *, opened: str = "") -> Response:
    panel = await gathered(request, viewer)
    if opened and not any(each.id == opened for each in panel.letters or ()):
        problem = "broker" if panel.letters is None else "gone"
    status = 422 if problem else 200
    return console_of(request).pages.page(
        request, "operators/operators.html", viewer, status=status, panel=panel, problem=problem, opened=opened
    )
