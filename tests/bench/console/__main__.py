"""`python -m tests.bench.console [data|pages]`; both without a word."""

import asyncio
import sys

from remanso.store import Store
from remanso.store.scoped import Scope
from tests.bench.console import listeners, questions, seed
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


async def main(asked: list[str]) -> None:
    if asked != ["pages"]:
        await data()
    if asked != ["data"]:
        await listeners.compare()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
