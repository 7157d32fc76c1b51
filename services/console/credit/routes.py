"""`/clients/{client}/credit`."""

import csv
from datetime import UTC, datetime
from io import StringIO
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID, uuid4

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import Response

from remanso.store.spending import Movement
from services.console.console import console_of
from services.console.credit.charts import MOST_BARS, charts, unpriced
from services.console.credit.granting import amount_in, grant
from services.console.pages.periods import PERIODS, period
from services.console.people.access import AdminViewer
from services.console.people.viewer import Viewer
from services.console.redirects import see

routes = APIRouter(prefix="/clients/{client}/credit")

Text = Annotated[str, Form()]

LEDGER_LINES = 50


@routes.get("")
async def show(
    request: Request,
    viewer: AdminViewer,
    client: str,
    days: int = 30,
    before: str = "",
    contact_id: str = "",
    done: bool = False,
) -> Response:
    """`before` is the ledger's last line of the page before; `contact_id` whom to top up."""
    chosen = _id(contact_id) if contact_id else None
    return await _page(request, viewer, client, days=days, before=before, chosen=chosen, done=done)


@routes.post("/grants")
async def top_up(
    request: Request,
    viewer: AdminViewer,
    client: str,
    dollars: Text = "",
    contact_id: Text = "",
    note: Text = "",
    key: Text = "",
) -> Response:
    """One grant for each form that a page showed, however often it is sent: `key` is the form's."""
    amount, owner = amount_in(dollars), _id(contact_id) if contact_id else None
    if amount is None or not key:
        return await _page(request, viewer, client, 422, problem="amount")
    await grant(console_of(request), viewer, client, owner, amount, note=note, key=key)
    return see(f"/clients/{client}/credit?done=1")


@routes.get("/usage.csv")
async def export(request: Request, viewer: AdminViewer, client: str, days: int = 30) -> Response:
    console = console_of(request)
    lasts = period(days)
    async with console.store.transaction() as tx:
        calls = await viewer.views(tx).spending.calls(client, lasts, console.registry.clients[client].config.timezone)
    told = StringIO()
    writer = csv.writer(told)
    writer.writerow(
        ["day", "model", "contact_id", "name", "calls", "unpriced", "input_tokens", "output_tokens", "cost_usd"]
    )
    for each in calls:
        numbers = [each.calls, each.unpriced, each.input_tokens, each.output_tokens, each.cost_usd]
        writer.writerow([each.day, each.model, each.contact_id, _harmless(each.name or ""), *numbers])
    headers = {"Content-Disposition": f'attachment; filename="usage-{client}-{lasts.days}d.csv"'}
    return Response(told.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)


def _harmless(name: str) -> str:
    """Contacts choose their names, and a spreadsheet runs what begins so as a formula (OWASP, CSV injection)."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name


def _id(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise HTTPException(404) from None


def _cursor(given: str) -> tuple[datetime, UUID] | None:
    at, _, entry_id = given.partition("_")
    try:
        return (datetime.fromisoformat(at), UUID(entry_id)) if given else None
    except ValueError:
        raise HTTPException(422) from None


def _told(movement: Movement) -> str:
    """As the query string of the next page bears it."""
    return urlencode({"before": f"{movement.at.astimezone(UTC).isoformat()}_{movement.id}"})


async def _page(
    request: Request,
    viewer: Viewer,
    client: str,
    status: int = 200,
    *,
    days: int = 30,
    before: str = "",
    chosen: UUID | None = None,
    problem: str = "",
    done: bool = False,
) -> Response:
    console = console_of(request)
    lasts = period(days)
    async with console.store.transaction() as tx:
        spending = viewer.views(tx).spending
        if chosen and not await spending.has_contact(client, chosen):
            raise HTTPException(404)
        balances = await spending.balances(client)
        sums = await spending.sums(client, lasts, console.registry.clients[client].config.timezone, MOST_BARS)
        payees = await spending.payees(client, chosen)
        movements = await spending.movements(client, LEDGER_LINES + 1, _cursor(before))
    return console.pages.page(
        request,
        "credit/credit.html",
        viewer,
        status=status,
        balances=balances,
        payees=payees,
        chosen=chosen,
        movements=movements[:LEDGER_LINES],
        earlier=_told(movements[LEDGER_LINES - 1]) if len(movements) > LEDGER_LINES else "",
        before=before,
        charts=charts(sums),
        unpriced=unpriced(sums),
        days=lasts.days,
        periods=PERIODS,
        key=uuid4(),
        problem=problem,
        done=done,
    )
