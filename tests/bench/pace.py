"""How many places of one number's pace can be taken per second, by how many senders (docs/decisions/0017).

`python -m tests.bench.pace`, on a private PostgreSQL with fsync on. Each transaction does what marking a part as
sending does: it updates a row of its own, then takes a place in the row everybody comes by, and commits.
"""

import asyncio
import multiprocessing
import time
from datetime import timedelta

from sqlalchemy import text

from remanso.model.pace import Rate
from remanso.store import Store
from tests.support import infrastructure

SECONDS = 4.0
SLOTS = 10
UNLIMITED = Rate(timedelta(microseconds=1), 1_000_000)


async def senders(url: str, process: int, *, hot: bool) -> list[float]:
    """What each transaction of one process took, in seconds."""
    took: list[float] = []
    async with Store.connect(url, pool_size=SLOTS) as store:
        until = time.monotonic() + SECONDS

        async def slot(place: int) -> None:
            key = f"own:{process}/{place}"
            while time.monotonic() < until:
                begun = time.monotonic()
                async with store.transaction() as tx:
                    await tx.paces.slow(key, 1.0, timedelta(), timedelta())
                    if hot:
                        await tx.paces.take("number:1", UNLIMITED, waited=True)
                took.append(time.monotonic() - begun)

        await asyncio.gather(*map(slot, range(SLOTS)))
    return took


def run(url: str, process: int, hot: bool, results: "multiprocessing.Queue[list[float]]") -> None:
    results.put(asyncio.run(senders(url, process, hot=hot)))


def measure(url: str, count: int, *, hot: bool) -> str:
    results: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    crowd = [multiprocessing.Process(target=run, args=(url, place, hot, results)) for place in range(count)]
    for process in crowd:
        process.start()
    took = sorted(second for _ in crowd for second in results.get())
    for process in crowd:
        process.join()
    half, late = took[len(took) // 2], took[int(len(took) * 0.99)]
    what = "one row for all" if hot else "rows of their own"
    return f"{count} senders, {what}: {len(took) / SECONDS:.0f}/s, median {half * 1e3:.1f} ms, 99 % {late * 1e3:.1f} ms"


async def main() -> None:
    async with (
        infrastructure.postgres_server() as server,
        infrastructure.migrated_database(server.url) as template,
        infrastructure.database(server.url, template) as url,
    ):
        await sync_to_disk(url)
        for count in (1, 4):
            for hot in (False, True):
                print(await asyncio.to_thread(measure, url, count, hot=hot), flush=True)


async def sync_to_disk(url: str) -> None:
    """As in production; a test's server does without."""
    async with Store.connect(url) as store:
        engine = store._engine.execution_options(isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            for setting in ("fsync", "full_page_writes"):
                await connection.execute(text(f"ALTER SYSTEM SET {setting} = on"))
            await connection.execute(text("SELECT pg_reload_conf()"))


if __name__ == "__main__":
    asyncio.run(main())
