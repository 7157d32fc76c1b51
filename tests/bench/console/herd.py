"""What becomes of 50 pages that hear of the same change and ask for their lists at the same moment, console alone."""

import asyncio
import statistics
import time
from collections import Counter
from types import SimpleNamespace

from remanso.store import Store
from tests.bench.console.seed import say
from tests.support import infrastructure
from tests.support.console import SCHOOL, Browser, Visitors, a_console, a_user
from tests.support.scene import a_conversation
from tests.support.stepping import lost_hints

PAGES, CONVERSATIONS, HERDS = 50, 45, 8


async def run() -> None:
    """Prints how long a list takes among them, and a page that a person opens meanwhile."""
    async with (
        infrastructure.postgres_server() as server,
        infrastructure.migrated_database(server.url) as name,
        Store.connect(f"{server.url.rpartition('/')[0]}/{name}") as store,
    ):
        for _ in range(CONVERSATIONS):
            await a_conversation(store)
        nobody = SimpleNamespace(publisher=lost_hints(), graveyard=None)
        visitors = Visitors.of(a_console(store, nobody, None))  # type: ignore[arg-type] # nothing is told or fetched
        pages = [await visitors.as_user(await a_user(store, {SCHOOL: "member"})) for _ in range(PAGES)]
        lists, opened, answers = list[float](), list[float](), Counter[int]()
        for number in range(HERDS):
            asked = [_ask(page, "/inbox/rows", lists, answers) for page in pages]
            await asyncio.gather(*asked, _ask(pages[number], "/inbox", opened, answers))
        for http in visitors.open:
            await http.aclose()
    for what, seconds in (("a list of 50", lists), ("a page opened meanwhile", opened)):
        say(f"{what}: median {statistics.median(seconds):.2f} s, worst {max(seconds):.2f} s")
    say(f"answers: {dict(answers)}")


async def _ask(page: Browser, path: str, seconds: list[float], answers: Counter[int]) -> None:
    began = time.perf_counter()
    answers[(await page.get(path)).status_code] += 1
    seconds.append(time.perf_counter() - began)
