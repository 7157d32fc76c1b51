"""`python -m tests.bench.console [data|herd|pages]`; all of it without a word."""

import asyncio
import sys

from remanso.store import Store
from remanso.store.scoped import Scope
from tests.bench.console import herd, listeners, questions, seed
from tests.support import infrastructure


async def data() -> None:
    async with (
        infrastructure.postgres_server() as server,
        infrastructure.migrated_database(server.url) as name,
        Store.connect(url := f"{server.url.rpartition('/')[0]}/{name}") as store,
    ):
        user = await seed.fill(url, store)
        for title, ask in questions.of_the_inbox(user).items():
            for role, scope in (("member", Scope(frozenset({seed.CLIENT}))), ("operator", Scope(None))):
                await questions.measure(store, scope, f"{role}: {title}", ask)
        for title, ask in questions.of_other_pages(seed.CLIENT).items():
            await questions.measure(store, Scope(None), title, ask)


PARTS = {"data": data, "herd": herd.run, "pages": listeners.compare}


async def main(asked: list[str]) -> None:
    for name, part in PARTS.items():
        if not asked or name in asked:
            await part()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
