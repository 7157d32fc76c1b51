"""What is said once the stack is up: a page to open for a person, one line of JSON for a program."""

import json

from rich.console import Console

from fleet.local.stack import LocalStack


def announce_to_program(stack: LocalStack) -> None:
    """One line on standard output."""
    print(json.dumps(stack.announcement()), flush=True)  # noqa: T201 - standard output is for this line


def announce_to_person(stack: LocalStack) -> None:
    console = Console(stderr=True, highlight=False)
    client = stack.clients.first
    console.print()
    console.print(f"  Write to [bold]{client.title}[/bold] on the simulator's phone:", soft_wrap=True)
    console.print(f"  [bold cyan]{stack.simulator_url}[/bold cyan]", soft_wrap=True)
    console.print()
    console.print("  Watch and step in in the console:", soft_wrap=True)
    console.print(f"  [bold cyan]{stack.console_url}[/bold cyan]", soft_wrap=True)
    if stack.visitor:
        console.print(f"  {stack.visitor.email} · {stack.visitor.password}", soft_wrap=True)
    console.print()
    console.print(f"  [dim]webhook    {stack.webhook_url}[/dim]", soft_wrap=True)
    console.print(f"  [dim]model      {stack.at.openai_url}[/dim]", soft_wrap=True)
    console.print("  [dim]Ctrl-C stops everything; nothing stays behind.[/dim]")
    console.print()
