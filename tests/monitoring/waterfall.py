"""`python -m tests.monitoring.waterfall`: one burst on the running stack, and its trace as a picture in the docs.

Not Grafana's own drawing: what the collector got from all processes, its times as they were measured.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from html import escape
from pathlib import Path

from fleet.local.stack import LocalStack
from remanso.store import Store
from tests.support.clients import lay_out_clients
from tests.support.collector import Collector, Seen, Trace, collector
from tests.support.play import SHOP, Dialog, Play
from tests.support.waiting import eventually

PICTURE = Path(__file__).parents[2] / "docs" / "monitoring" / "trace.svg"
COLOURS = {
    "ingress": "#3274d9",
    "debouncer": "#e0752d",
    "agent": "#56a64b",
    "sender": "#8f3bb8",
}
NAMES, PLOT, ROW, TOP, INDENT = 420, 760, 17, 58, 12
CONTACT, WORKSHOP = "5491180000077", "vitrofusión"
READ = 3
"""Receipts of each part: sent, delivered, read."""


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="remanso-waterfall-") as name:
        folder = Path(name)
        clients = lay_out_clients(folder / "clients", "shop")
        async with collector() as traces:
            environment = {
                "SHOP_LEDGER": str(folder / "ledger.txt"),
                "OTEL_EXPORTER_OTLP_ENDPOINT": traces.url,
                "OTEL_BSP_SCHEDULE_DELAY": "200",
            }
            async with (
                LocalStack(clients_dir=clients, environment=environment) as stack,
                Store.connect(stack.database_url, name="waterfall") as store,
            ):
                dialog = await _story(Play(stack, store, folder / "ledger.txt"))
                draw(await _whole(traces, dialog), PICTURE)


async def _story(play: Play) -> Dialog:
    when = {"user_contains": WORKSHOP}
    call = {"name": "count_seats", "arguments": {"workshop": WORKSHOP}}
    await play.script(
        {"text": "Miro las listas…", "tool_calls": [call], "when": when}, {"text": "Quedan 7 lugares.", "when": when}
    )
    await play.send(CONTACT, f"Contame de {WORKSHOP}", "¿quedan lugares?", channel=SHOP)
    return await play.until_answered(CONTACT, "shop")


async def _whole(traces: Collector, dialog: Dialog) -> Trace:
    trace_id = (dialog.turns[0].traceparent or "")[3:35]
    awaited = READ * len(dialog.deliveries)
    await eventually(lambda: len(traces.trace(trace_id).named("settle receipt")) == awaited, within=30)
    return traces.trace(trace_id)


def draw(trace: Trace, file: Path) -> None:
    """Writes the picture: a line for each span, parts below and to the right of what they are part of."""
    rows = list(_in_order(trace))
    first, last = min(span.began for _, span in rows), max(span.ended for _, span in rows)
    lines = "".join(_line(place, depth, span, first, last) for place, (depth, span) in enumerate(rows))
    legend = "".join(
        f'<rect x="{12 + 110 * place}" y="34" width="10" height="10" fill="{colour}"/>'
        f'<text x="{27 + 110 * place}" y="43">{service}</text>'
        for place, (service, colour) in enumerate(COLOURS.items())
    )
    title = '<text x="12" y="20" font-size="15" font-weight="bold">Remanso: one burst, from webhook to receipt</text>'
    end = f'<text x="{NAMES + PLOT}" y="43" text-anchor="end">{last - first:.1f} s</text>'
    size = f'width="{NAMES + PLOT + 20}" height="{TOP + ROW * len(rows) + 10}"'
    font = 'font-family="sans-serif" font-size="10" fill="#24292f"'
    background = '<rect width="100%" height="100%" fill="#fff"/>'
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>{background}{title}{legend}{end}{lines}</svg>\n'
    )


def _in_order(trace: Trace) -> Iterator[tuple[int, Seen]]:
    """(depth, span): each followed by its parts, in the order in which they began."""
    children = trace.children()

    def below(parent: str | None, depth: int) -> Iterator[tuple[int, Seen]]:
        for span in children.get(parent, ()):
            yield depth, span
            yield from below(span.span_id, depth + 1)

    return below(None, 0)


def _line(place: int, depth: int, span: Seen, first: float, last: float) -> str:
    scale = PLOT / ((last - first) or 1.0)
    y, colour = TOP + ROW * place, COLOURS.get(span.service, "#64748b")
    x, width = NAMES + (span.began - first) * scale, max((span.ended - span.began) * scale, 1.5)
    took = f"{(span.ended - span.began) * 1000:.0f} ms"
    beside, anchor = (x + width + 4, "start") if x + width < NAMES + PLOT - 60 else (x - 4, "end")
    return (
        f'<text x="{12 + INDENT * depth}" y="{y + 9}">{escape(span.name)}</text>'
        f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="11" rx="1.5" fill="{colour}"/>'
        f'<text x="{beside:.1f}" y="{y + 9}" text-anchor="{anchor}" fill="#57606a">{took}</text>'
    )


if __name__ == "__main__":
    asyncio.run(main())
