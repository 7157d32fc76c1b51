"""`make chaos`: kill every service at every line that runs while it works, and show that nothing is lost by it.

The last line of standard output is JSON: kills, violations, seed. The exit code is 1 when anything was violated.
"""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.chaos.campaign import PAIRS, Tell, enumerate_lines, open_worlds, try_all
from tests.chaos.faults.run import try_faults
from tests.chaos.findings import Findings, Wave
from tests.chaos.points import parse
from tests.chaos.report import ROOT, commit, write_report
from tests.chaos.sweep import Sweep
from tests.chaos.written_since import UnknownCommit, written_since

STATES = ROOT / ".remanso"
DOCS = ROOT / "docs"

app = typer.Typer(add_completion=False)
console = Console(stderr=True, highlight=False)


@app.command()
def main(
    sample: Annotated[int | None, typer.Option(help="Only so many places, chosen by the seed")] = None,
    seed: Annotated[int, typer.Option(help="Chooses sample, runs and scenes")] = 7,
    workers: Annotated[int, typer.Option(help="Worlds side by side")] = 1,
    fresh: Annotated[bool, typer.Option(help="Begin again instead of going on")] = False,
    publish: Annotated[bool, typer.Option(help="Write the report into docs/")] = False,
    replay: Annotated[list[str] | None, typer.Option(help="service@file:line#hit; may be given several times")] = None,
    scene: Annotated[str, typer.Option(help="The scene of a replay")] = "7",
    since: Annotated[str, typer.Option(help="Only lines written after this commit")] = "",
    faults: Annotated[bool, typer.Option(help="Other faults than kills, each once")] = False,
) -> None:
    """Kill sweep over all recorded lines; with --since or --sample over some; with --replay over the places named."""
    if faults:
        raise typer.Exit(min(1, try_faults([], seed)))
    if replay:
        findings = asyncio.run(_replay(Findings(seed, commit(), points=replay), scene))
    else:
        findings = asyncio.run(_sweep(sample, seed, workers, since, fresh=fresh))
    write_report(findings, DOCS if publish else STATES, _command(sample, seed, since))
    print(json.dumps({"kills": findings.kills, "violations": findings.violations, "seed": findings.seed}))
    raise typer.Exit(1 if findings.violations else 0)


async def _sweep(size: int | None, seed: int, workers: int, since: str, *, fresh: bool) -> Findings:
    only = _written_since(since) if since else None
    state = STATES / f"chaos-{seed}{f'-since-{since}' if since else ''}{f'-sample-{size}' if size else ''}.json"
    findings = Findings.read(state) if state.exists() and not fresh else Findings(seed, commit(), since)
    console.print(f"[dim]state in {state.relative_to(ROOT)}[/dim]")
    async with open_worlds(workers) as worlds:
        if not findings.points:
            await enumerate_lines(worlds[0], findings, size, only)
            findings.write(state)
        with _progress(findings) as tell:
            await try_all(worlds, findings, state, tell)
    return findings


def _written_since(commit: str) -> frozenset[str]:
    try:
        return written_since(commit)
    except UnknownCommit as unknown:
        raise typer.BadParameter(str(unknown), param_hint="--since") from None


async def _replay(findings: Findings, scene: str) -> Findings:
    points = [parse(point) for point in findings.points]
    async with open_worlds(1, PAIRS if any(point.stop for point in points) else None) as [world]:
        wave = await Sweep(world).wave(points, scene)
        findings.waves.append(wave)
        _tell_violations(wave)
    return findings


@contextmanager
def _progress(findings: Findings) -> Iterator[Tell]:
    columns = (
        TextColumn("killing"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[wrong]}"),
    )
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("kills", total=len(findings.points), completed=findings.kills, wrong="")

        def tell(findings: Findings, wave: Wave) -> None:
            wrong = f"[red]{findings.violations} violations[/red]" if findings.violations else ""
            progress.update(bar, completed=findings.kills, wrong=wrong)
            _tell_violations(wave)

        yield tell


def _tell_violations(wave: Wave) -> None:
    for name, wrongs in wave.violations.items():
        for wrong in wrongs:
            console.print(f"[red]✗ {name}[/red]: {wrong}", soft_wrap=True)
        console.print(f"  [dim]{wave.replay}[/dim]", soft_wrap=True)


def _command(sample: int | None, seed: int, since: str) -> str:
    chosen = (f"--since {since} " if since else "") + (f"--sample {sample} " if sample else "")
    return f'make chaos ARGS="{chosen}--seed {seed}"'


if __name__ == "__main__":
    app()
