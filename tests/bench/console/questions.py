"""What the pages ask the store, each measured: the median and the worst of so many runs."""

import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from remanso.store import Store
from remanso.store.inbox import Choice, Cursor
from remanso.store.quality import SOURCES
from remanso.store.scoped import Scope
from remanso.store.views import Views
from tests.bench.console.plans import explain
from tests.bench.console.seed import say

RUNS = 20
SLOW = 150.0
"""Milliseconds: whatever takes longer has to show how its rows are found."""
MONTH, QUARTER, WEEK, DAY = timedelta(days=30), timedelta(days=90), timedelta(days=7), timedelta(days=1)

Question = Callable[[Views], Awaitable[object]]


def of_the_inbox(user: UUID) -> dict[str, Question]:
    async def deep(views: Views) -> object:
        first = await views.inbox.page(user, limit=200)
        return await views.inbox.page(user, after=Cursor(first[-1].last_at, first[-1].id))

    return {
        "first page": lambda views: views.inbox.page(user),
        "200 rows and the next page": deep,
        "counts": lambda views: views.inbox.counts(user, None),
        "needs a person": lambda views: views.inbox.page(user, choice=Choice.NEEDS_HUMAN),
        "mine (none)": lambda views: views.inbox.page(user, choice=Choice.MINE),
        "failed (none)": lambda views: views.inbox.page(user, choice=Choice.FAILED),
        "search: rare word": lambda views: views.inbox.page(user, search="raro4711"),
        "search: common word": lambda views: views.inbox.page(user, search="marketing"),
        "search: name": lambda views: views.inbox.page(user, search="Persona 1234"),
        "search: nothing": lambda views: views.inbox.page(user, search="inexistente"),
    }


def of_other_pages(client: str) -> dict[str, Question]:
    """A client has 2,000 of the conversations."""

    def findings(kind: str) -> Question:
        return lambda views: views.quality.findings(client, kind, MONTH)

    return {
        "quality: counts of 30 days": lambda views: views.quality.counts(client, MONTH),
        **{f"quality: {kind} of 30 days": findings(kind) for kind in SOURCES},
        "credit: balances": lambda views: views.spending.balances(client),
        "credit: ledger": lambda views: views.spending.movements(client, 50),
        "usage: a day": lambda views: views.spending.sums(client, DAY, "UTC", 31),
        "usage: 30 days": lambda views: views.spending.sums(client, MONTH, "UTC", 31),
        "usage: 90 days": lambda views: views.spending.sums(client, QUARTER, "UTC", 31),
        "usage as CSV: 30 days": lambda views: views.spending.calls(client, MONTH, "UTC"),
        "channels: when heard": lambda views: views.lines.heard(client),
        "channels: whom to try": lambda views: views.lines.reachable(client, DAY, 30),
        "channels: tested": lambda views: views.lines.tested_at(client),
        "operators: clients": lambda views: views.watch.pulses(),
        "operators: in doubt": lambda views: views.watch.doubts(50),
        "operators: troubles of 7 days": lambda views: views.watch.troubles(WEEK, 50),
    }


async def measure(store: Store, scope: Scope, title: str, ask: Question) -> None:
    took = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        async with store.transaction() as tx:
            await ask(tx.within(scope))
        took.append((time.perf_counter() - begun) * 1000)
    median = statistics.median(took)
    say(f"{title:40} median {median:7.1f} ms   worst {max(took):7.1f} ms")
    if median > SLOW:
        for line in await explain(store, scope, ask):
            say(f"    {line}")
