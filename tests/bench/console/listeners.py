"""Whether open pages slow the pipeline: the same bursts with and without 50 pages that hear of changes, interleaved.

A page does what the inbox's script does: it keeps its stream open, and asks for the list again whenever it is told that
something changed, one question at a time, and once more where it was refused. Pages, pipeline and all servers share
this machine.
"""

import asyncio
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from fleet.local.stack import LocalStack
from remanso.store import Store
from tests.bench.console.seed import say
from tests.support.clients import lay_out_clients
from tests.support.play import SHOP, Play

PAGES, ROUNDS, CONTACTS = 50, 6, 8


@dataclass
class Tally:
    """What the pages of one round did."""

    told: int = 0
    drawn: int = 0
    refused: int = 0
    """Answered with 503, as a console that has no connection to the database free answers."""
    seconds: list[float] = field(default_factory=list)
    """From a page's question to the list that answers it, refusals and the pauses behind them included."""


@dataclass
class Figures:
    seconds: list[float] = field(default_factory=list)
    tallies: list[Tally] = field(default_factory=list)


async def compare() -> None:
    """Prints the medians of webhook → answer on the phone, and their ratio."""
    found = {0: Figures(), PAGES: Figures()}
    with tempfile.TemporaryDirectory(prefix="remanso-bench-") as name:
        folder = Path(name)
        clients = lay_out_clients(folder / "clients", "shop")
        async with (
            LocalStack(clients_dir=clients, environment={"SHOP_LEDGER": str(folder / "ledger.txt")}) as stack,
            Store.connect(stack.database_url, name="bench") as store,
        ):
            play = Play(stack, store, folder / "ledger.txt")
            await _round(play, 0, 0)  # warms everything up
            for number in range(1, ROUNDS + 1):
                for pages in (0, PAGES) if number % 2 else (PAGES, 0):
                    seconds, tally = await _round(play, number * 100 + pages, pages)
                    found[pages].seconds += seconds
                    found[pages].tallies.append(tally)
    for pages, figures in found.items():
        told, drawn, refused = (
            sum(getattr(each, what) for each in figures.tallies) for what in ("told", "drawn", "refused")
        )
        median, worst = statistics.median(figures.seconds), max(figures.seconds)
        say(f"{pages:3} pages: median {median:.2f} s, worst {worst:.2f} s")
        say(f"    told {told} times, lists drawn {drawn}, refused {refused}")
        if waits := sorted(each for tally in figures.tallies for each in tally.seconds):
            median, late = statistics.median(waits), waits[int(len(waits) * 0.95)]
            say(f"    a list took {median:.2f} s, one of twenty {late:.2f} s, the longest {waits[-1]:.2f} s")
    ratio = statistics.median(found[PAGES].seconds) / statistics.median(found[0].seconds)
    say(f"with {PAGES} open pages an answer takes {ratio:.2f} times as long")


async def _round(play: Play, number: int, pages: int) -> tuple[list[float], Tally]:
    """Everybody writes a burst of two at once; the seconds from its last message to the answer, of each."""
    people = [f"54911{number:04}{contact:04}" for contact in range(CONTACTS)]
    async with _open_pages(play.stack, pages) as tally:
        await asyncio.gather(*(play.send(who, "Hola", "¿Qué talleres hay?", channel=SHOP) for who in people))
        return [await _took(play, who) for who in people], tally


async def _took(play: Play, who: str) -> float:
    """By the simulator's clock alone."""
    await play.until_received(who, 1, within=120)
    log = await play.control("GET", f"conversations/{who}")
    written = max(entry["at"] for entry in log if entry["direction"] == "in")
    answered = min(entry["at"] for entry in log if entry["direction"] == "out")
    return float(answered - written)


@asynccontextmanager
async def _open_pages(stack: LocalStack, count: int) -> AsyncIterator[Tally]:
    tally, ready = Tally(), [asyncio.Event() for _ in range(count)]
    limits = httpx.Limits(max_connections=None, keepalive_expiry=2.0)  # uvicorn closes what is idle for five seconds
    async with httpx.AsyncClient(base_url=stack.console_url, limits=limits, timeout=60, trust_env=False) as http:
        if count:
            await _log_in(stack, http)
        tasks = [asyncio.create_task(_page(http, tally, each)) for each in ready]
        try:
            await asyncio.gather(*(each.wait() for each in ready))
            yield tally
            for task in tasks:
                if task.done():
                    task.result()  # a page that lost its stream says why
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _log_in(stack: LocalStack, http: httpx.AsyncClient) -> None:
    assert stack.visitor
    form = {"email": stack.visitor.email, "password": stack.visitor.password}
    answer = await http.post("/login", data=form, headers={"Origin": stack.console_url})
    assert answer.status_code == 303, answer.status_code


async def _page(http: httpx.AsyncClient, tally: Tally, ready: asyncio.Event) -> None:
    async with http.stream("GET", "/events", headers={"Accept": "text/event-stream"}) as stream:
        stream.raise_for_status()
        async for line in stream.aiter_lines():
            if line.startswith("data:"):
                tally.told += 1
                await _draw(http, tally)
                ready.set()


async def _draw(http: httpx.AsyncClient, tally: Tally) -> None:
    began, answer = time.perf_counter(), await http.get("/inbox/rows")
    for failures in itertools.count(1):
        assert answer.status_code in (200, 503), answer.status_code
        if answer.is_success:
            break
        tally.refused += 1
        await asyncio.sleep(min(30, 0.5 * 2**failures) * random.uniform(0.75, 1.25))
        answer = await http.get("/inbox/rows")
    tally.drawn += 1
    tally.seconds.append(time.perf_counter() - began)
