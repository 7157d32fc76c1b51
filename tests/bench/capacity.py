"""What a message, a turn and a part cost each piece of the product: `make bench-capacity` writes docs/capacity.json.

The whole stack runs on this machine with one process of each service and a private PostgreSQL and RabbitMQ; many
contacts write a burst of three each. Costs are processor seconds and rows, so a busy machine gives nearly what an idle
one does. docs/capacity.md is what `tests.bench.sizing` makes of them.
"""

import argparse
import asyncio
import json
import os
from collections.abc import Awaitable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from sqlalchemy import text

from fleet.local.stack import LocalStack
from remanso.store import Store
from tests.bench import meter
from tests.bench.sizing import DOCUMENT, FIGURES, Figures, rewritten
from tests.support.clients import lay_out_clients
from tests.support.play import Play
from tests.support.waiting import eventually

BURST = ("¡Hola!", "Me llamo Ana", "¿qué cursos de marketing tienen?")
TOGETHER = 20
"""Contacts that write at the same moment."""
IDLE_SECONDS = 20.0
SERVICES = ("ingress", "debouncer", "agent", "sender", "console")

_DONE = """
SELECT (SELECT count(*) FROM messages WHERE author = 'contact') AS messages,
    (SELECT count(*) FROM turns WHERE state = 'answered') AS turns,
    (SELECT count(*) FROM steps) AS steps,
    (SELECT count(*) FROM deliveries WHERE accepted_at IS NOT NULL) AS parts,
    (SELECT count(*) FROM receipts) AS receipts,
    (SELECT coalesce(sum(input_tokens), 0) FROM steps) AS tokens_in,
    (SELECT coalesce(sum(cached_tokens), 0) FROM steps) AS tokens_cached,
    (SELECT coalesce(sum(output_tokens), 0) FROM steps) AS tokens_out
"""


@dataclass(frozen=True)
class Spell:
    """Some seconds of the stack's life: what was used in them."""

    seconds: float
    used: meter.Reading


async def measure(contacts: int) -> Figures:
    with TemporaryDirectory(prefix="remanso-capacity-") as name:
        folder = Path(name)
        clients = lay_out_clients(folder / "clients")
        async with (
            LocalStack(clients_dir=clients, ways=("private",)) as stack,
            Store.connect(stack.database_url, name="capacity") as store,
        ):
            play = Play(stack, store, folder / "ledger.txt")
            parts = {service: stack.pids[service] for service in SERVICES}
            parts[meter.POSTGRES] = [await meter.postmaster(store)]
            parts[meter.BROKER] = [meter.broker(urlsplit(stack.amqp_url).port or 5672)]
            await _write(play, 1, first=0)  # connections are opened, statements are prepared
            idle = await _spell(store, parts, asyncio.sleep(IDLE_SECONDS))
            before = await _done(store)
            busy = await _spell(store, parts, _write(play, contacts, first=1))
            done = {what: count - before[what] for what, count in (await _done(store)).items()}
    return _figures(idle, busy, done)


async def _write(play: Play, contacts: int, *, first: int) -> None:
    """Each contact once, a crowd at a time, until everybody has been answered and every receipt is stored."""
    for start in range(first, first + contacts, TOGETHER):
        crowd = [f"54911{number:08}" for number in range(start, min(start + TOGETHER, first + contacts))]
        await asyncio.gather(*(play.send(contact, *BURST) for contact in crowd))
    await eventually(lambda: _at_rest(play.store, first + contacts), within=900)


async def _at_rest(store: Store, contacts: int) -> bool:
    done = await _done(store)
    return done["turns"] >= contacts and done["receipts"] >= 3 * done["parts"] and await _unsettled(store) == 0


async def _unsettled(store: Store) -> int:
    async with store.transaction() as tx:
        return sum(one.count for one in await tx.waiting.now())


async def _done(store: Store) -> dict[str, int]:
    async with store.transaction() as tx:
        return {what: int(count) for what, count in (await tx.connection.execute(text(_DONE))).mappings().one().items()}


async def _spell(store: Store, parts: Mapping[str, list[int]], work: Awaitable[None]) -> Spell:
    loop = asyncio.get_running_loop()
    before, began = await meter.read(store, parts), loop.time()
    await work
    return Spell(loop.time() - began, (await meter.read(store, parts)).since(before))


def _figures(idle: Spell, busy: Spell, done: Mapping[str, int]) -> Figures:
    """What the work cost, without what the processes use while nobody writes."""
    resting = {part: seconds / idle.seconds for part, seconds in idle.used.cpu.items()}
    cpu = {part: seconds - resting[part] * busy.seconds for part, seconds in busy.used.cpu.items()}
    still = {name: value / idle.seconds for name, value in idle.used.counts.items()}
    counts = {name: value - still[name] * busy.seconds for name, value in busy.used.counts.items()}
    return Figures(
        processors=os.cpu_count() or 1,
        load=round(os.getloadavg()[0], 1),
        done=dict(done),
        cpu_seconds={part: round(seconds, 3) for part, seconds in cpu.items()},
        idle_cpu={part: round(share, 4) for part, share in resting.items()},
        database={name: round(value) for name, value in counts.items()},
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=200)
    asked = parser.parse_args()
    figures = asyncio.run(measure(asked.contacts))
    FIGURES.write_text(json.dumps(asdict(figures), indent=1) + "\n")
    DOCUMENT.write_text(rewritten(DOCUMENT.read_text("utf-8"), figures), "utf-8")
    print(json.dumps(asdict(figures), indent=1))


if __name__ == "__main__":
    main()
