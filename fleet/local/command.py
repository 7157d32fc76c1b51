"""`remanso dev`."""

from functools import partial
from typing import Annotated

import typer

from fleet.local import dev
from fleet.local.progress import TerminalProgress
from fleet.local.settings import LocalSettings, parse_scale
from fleet.local.stack import LocalStack


def dev_command(
    headless: Annotated[bool, typer.Option("--headless", help="For programs: no word about the phone's page.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Once ready, print one line of JSON to stdout.")] = False,
    once: Annotated[bool, typer.Option("--once", help="Play a scripted conversation, print it, and end.")] = False,
    scale: Annotated[
        list[str] | None, typer.Option(help="Processes of a service, such as debouncer=3; may be repeated.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="The phone's port. By default 8100 where it is free.")] = None,
) -> None:
    """Bring up the whole product on this machine, with a phone in the browser; Ctrl-C takes it down again."""
    settings = LocalSettings()
    stack = LocalStack(
        clients_dir=settings.where_clients_are(),
        scale=parse_scale(scale or []),
        elsewhere=settings.elsewhere(simulated=once),
        simulator_port=port,
        ways=settings.ways(),
        progress=TerminalProgress(),
    )
    if once:
        raise typer.Exit(dev.run(stack, dev.play, interrupted=1))
    raise typer.Exit(dev.run(stack, partial(dev.stay, headless=headless, as_json=as_json), interrupted=0))
