"""From what one message costs to what a thousand a second need: the tables of docs/capacity.md.

`python -m tests.bench.sizing` writes them again, after an assumption has changed.

Everything measured comes from docs/capacity.json; everything assumed stands below with its reason.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIGURES, DOCUMENT = ROOT / "docs" / "capacity.json", ROOT / "docs" / "capacity.md"
SCALES = (1, 10, 100, 1_000, 10_000)
"""Messages of contacts per second."""

# Assumed.
FULL = 0.6
"""Of a processor, and of a process' slots: above that, waits grow faster than work."""
TURN_SECONDS = 6.0
"""From a turn's claim to its answer with a real model: two calls of some three seconds."""
SLOTS = 16
NUMBER_IN_AND_OUT = 80
"""Meta's messages per second of one number, in and out together (docs of November 2025)."""
NUMBER_OUT = 64
"""What we send: 80 % of that."""
DATABASE_PROCESSORS = 32
"""The largest server we would give one database before splitting clients over two."""
QUEUE_PER_SECOND = 5_000
"""Confirmed publishes of one queue by one client that awaits a hundred at a time, 3.10 and 4.0: 4,800 to 7,700."""
DOLLARS_PER_PROCESSOR = 30.0
"""A month, with its share of memory; about what the large clouds ask for on demand."""
DOLLARS_PER_GIGABYTE = 0.12
"""A month of replicated disk."""
INPUT_DOLLARS, CACHED_DOLLARS, OUTPUT_DOLLARS = 0.10, 0.01, 0.50
"""Of a million tokens of the model in Emprendemy's client.toml."""
MONTH = 30 * 24 * 3600
PYTHON = ("ingress", "debouncer", "agent", "sender", "console")


@dataclass(frozen=True)
class Figures:
    """Measured. `done`: what the load came to. `cpu_seconds`: used for it. `idle_cpu`: of a processor, at rest."""

    processors: int
    load: float
    done: Mapping[str, int]
    cpu_seconds: Mapping[str, float]
    idle_cpu: Mapping[str, float]
    database: Mapping[str, float]

    @classmethod
    def read(cls) -> "Figures":
        return cls(**json.loads(FIGURES.read_text("utf-8")))

    def each(self, what: str) -> float:
        """So many turns, parts, … come of one message."""
        return self.done[what] / self.done["messages"]

    def cpu(self, part: str) -> float:
        """Seconds of a processor for one message and all that comes of it."""
        return self.cpu_seconds[part] / self.done["messages"]

    def rows(self, name: str) -> float:
        return self.database[name] / self.done["messages"]


def measured(figures: Figures) -> str:
    units = {
        "ingress": ("webhook", figures.done["messages"] + figures.done["receipts"]),
        "debouncer": ("message", figures.done["messages"]),
        "agent": ("turn", figures.done["turns"]),
        "sender": ("part and its receipts", figures.done["parts"]),
        "console": ("message", figures.done["messages"]),
        "postgres": ("message", figures.done["messages"]),
        "rabbitmq": ("message", figures.done["messages"]),
    }
    lines = [
        "| part | processor time | for each | a message's share | doing nothing |",
        "| --- | --- | --- | --- | --- |",
    ]
    for part, (unit, count) in units.items():
        cost, share = figures.cpu_seconds[part] / count * 1e3, figures.cpu(part) * 1e3
        lines.append(f"| {part} | {cost:.2f} ms | {unit} | {share:.2f} ms | {figures.idle_cpu[part]:.1%} |")
    written = sum(figures.rows(name) for name in ("inserted", "updated", "deleted"))
    lines += [
        "",
        f"One message comes to {figures.each('turns'):.2f} turns, {figures.each('steps'):.2f} model calls, "
        f"{figures.each('parts'):.2f} parts and {figures.each('receipts'):.2f} receipts; to "
        f"{figures.rows('transactions'):.1f} transactions, {written:.1f} rows written, "
        f"{figures.rows('wal_bytes') / 1e3:.1f} kB of WAL and {figures.rows('bytes') / 1e3:.1f} kB that stay. "
        f"{figures.done['messages']} messages were written, on {figures.processors} processors with a load of "
        f"{figures.load}.",
    ]
    return "\n".join(lines)


def processes(figures: Figures, part: str, rate: float) -> int:
    """Processes of a service: for their processor time and, of agents, for turns that wait for the model."""
    busy = rate * figures.cpu(part) / FULL
    if part == "agent":
        busy = max(busy, rate * figures.each("turns") * TURN_SECONDS / (SLOTS * FULL))
    return max(1, ceil(busy))


def limits(figures: Figures) -> dict[str, float]:
    """What one of each carries at most, in messages per second."""
    carried = {f"one {part}": FULL / figures.cpu(part) for part in PYTHON}
    carried["one agent"] = min(carried["one agent"], SLOTS * FULL / (figures.each("turns") * TURN_SECONDS))
    return {
        **carried,
        "one number, out": NUMBER_OUT / figures.each("parts"),
        "one number, in and out": NUMBER_IN_AND_OUT / (1 + figures.each("parts")),
        f"one PostgreSQL of {DATABASE_PROCESSORS} processors": DATABASE_PROCESSORS * FULL / figures.cpu("postgres"),
        "one queue (receipts), unbatched": QUEUE_PER_SECOND / figures.each("receipts"),
    }


def first_to_fill(figures: Figures) -> str:
    lines = ["| part | full at | what then |", "| --- | --- | --- |"]
    then = {
        "one agent": "more agents: they wait for the model, not for a processor",
        "one number, out": "another number, or Meta's upgrade to 1,000/s and `throughput` in client.toml",
        "one number, in and out": "the same",
        "one queue (receipts), unbatched": "nothing yet: what waits together travels together",
    }
    for part, rate in sorted(limits(figures).items(), key=lambda one: one[1]):
        usual = "more of them" if "PostgreSQL" not in part else "clients split over two databases"
        lines.append(f"| {part} | {rate:,.0f} messages/s | {then.get(part, usual)} |")
    return "\n".join(lines)


def sizes(figures: Figures) -> str:
    heads = [f"{rate:,}/s" for rate in SCALES]
    lines = [f"| needed at | {' | '.join(heads)} |", f"| --- |{' --- |' * len(heads)}"]

    def row(name: str, cells: list[str]) -> None:
        lines.append(f"| {name} | {' | '.join(cells)} |")

    for part in PYTHON:
        row(f"{part} processes", [f"{processes(figures, part, rate):,}" for rate in SCALES])
    row("PostgreSQL processors", [f"{_processors(figures, 'postgres', rate):,}" for rate in SCALES])
    row("… databases", [f"{ceil(_processors(figures, 'postgres', rate) / DATABASE_PROCESSORS)}" for rate in SCALES])
    row("… transactions/s", [f"{rate * figures.rows('transactions'):,.0f}" for rate in SCALES])
    row("… WAL", [f"{rate * figures.rows('wal_bytes') / 1e6:,.2f} MB/s" for rate in SCALES])
    row("… growth", [f"{rate * figures.rows('bytes') * 86_400 / 1e9:,.1f} GB/day" for rate in SCALES])
    row("RabbitMQ processors, each node", [f"{_processors(figures, 'rabbitmq', rate):,}" for rate in SCALES])
    row("events/s in the fullest queue", [f"{rate * figures.each('receipts'):,.0f}" for rate in SCALES])
    row("numbers at 80/s", [f"{ceil(rate / min(_numbers(figures))):,}" for rate in SCALES])
    row("tokens/min", [f"{rate * 60 * _tokens(figures):,.0f}" for rate in SCALES])
    return "\n".join(lines)


def _processors(figures: Figures, part: str, rate: float) -> int:
    return max(1, ceil(rate * figures.cpu(part) / FULL))


def _numbers(figures: Figures) -> list[float]:
    return [rate for part, rate in limits(figures).items() if part.startswith("one number")]


def _tokens(figures: Figures) -> float:
    return figures.each("tokens_in") + figures.each("tokens_out")


def costs(figures: Figures) -> str:
    heads = [f"{rate:,}/s" for rate in SCALES]
    lines = [f"| USD a month, all day long at | {' | '.join(heads)} |", f"| --- |{' --- |' * len(heads)}"]
    machines = [_machines(figures, rate) for rate in SCALES]
    disks = [rate * figures.rows("bytes") * MONTH / 1e9 * DOLLARS_PER_GIGABYTE for rate in SCALES]
    models = [rate * MONTH * _model_dollars(figures) for rate in SCALES]
    for name, values in (("processors", machines), ("disk, for each month kept", disks), ("model", models)):
        lines.append(f"| {name} | {' | '.join(f'{value:,.0f}' for value in values)} |")
    return "\n".join(lines)


def _machines(figures: Figures, rate: float) -> float:
    services = sum(rate * figures.cpu(part) / FULL for part in PYTHON)
    servers = 2 * _processors(figures, "postgres", rate) + 3 * _processors(figures, "rabbitmq", rate)
    return (max(1.0, services) + servers) * DOLLARS_PER_PROCESSOR


def _model_dollars(figures: Figures) -> float:
    cached = figures.each("tokens_cached")
    fresh = figures.each("tokens_in") - cached
    return (fresh * INPUT_DOLLARS + cached * CACHED_DOLLARS + figures.each("tokens_out") * OUTPUT_DOLLARS) / 1e6


def rewritten(page: str, figures: Figures) -> str:
    """The page with its computed parts, between `<!-- name -->` and `<!-- end -->`, written again."""
    for name, make in (("measured", measured), ("first", first_to_fill), ("sizes", sizes), ("costs", costs)):
        place = re.search(rf"(?s)(?<=<!-- {name} -->\n).*?(?=<!-- end -->)", page)
        if place is None:
            raise ValueError(f"docs/capacity.md has no place for {name}")
        page = f"{page[: place.start()]}{make(figures)}\n{page[place.end() :]}"
    return page


if __name__ == "__main__":
    DOCUMENT.write_text(rewritten(DOCUMENT.read_text("utf-8"), Figures.read()), "utf-8")
