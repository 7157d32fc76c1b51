"""`/apps`: every app of the fleet; `/apps/<name>`: one of them with what its logs said. For operators alone."""

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import Response

from services.console.apps.panel import all_rows, closely
from services.console.console import console_of
from services.console.pages.pages import language_of
from services.console.people.access import OperatorViewer
from services.console.redirects import by_script

routes = APIRouter(prefix="/apps")


@routes.get("")
async def show(request: Request, viewer: OperatorViewer, q: str = "", only: str = "") -> Response:
    """`q` looks for a name; `only=trouble` leaves out what is well."""
    console = console_of(request)
    async with console.store.transaction() as tx:
        rows = await all_rows(tx)
    shown = [
        row
        for row in rows
        if q.lower() in f"{row.app.name} {row.title}".lower() and (only != "trouble" or row.complaints)
    ]
    return console.pages.page(
        request,
        "apps/apps.html",
        viewer,
        block="board" if by_script(request) else None,
        rows=shown,
        total=len(rows),
        troubled=sum(1 for row in rows if row.complaints),
        q=q,
        only=only,
    )


@routes.get("/{app_id}")
async def show_one(request: Request, viewer: OperatorViewer, app_id: str) -> Response:
    console = console_of(request)
    async with console.store.transaction() as tx:
        found = await closely(tx, app_id, language_of(request, viewer))
    if found is None:
        raise HTTPException(404)
    return console.pages.page(
        request,
        "apps/app.html",
        viewer,
        block="board" if by_script(request) else None,
        row=found.row,
        codes=found.codes,
        troubles=found.troubles,
        lines=found.lines,
    )
