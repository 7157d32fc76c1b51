"""Commands whose code is loaded when they are called: nobody who asks for one waits for the libraries of all others."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup


class OnDemand(TyperGroup):
    """A group with commands known by name only. `places`: {name: "module:attribute"}, a function or a `typer.Typer`."""

    places: ClassVar[Mapping[str, str]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        return [*super().list_commands(ctx), *self.places]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        place = self.places.get(cmd_name)
        return super().get_command(ctx, cmd_name) if place is None else _command(cmd_name, place)


def _command(name: str, place: str) -> Any:
    module, _, attribute = place.partition(":")
    found: Any = getattr(import_module(module), attribute)
    if isinstance(found, typer.Typer):
        command: Any = typer.main.get_group(found)  # get_command would make a group of one command that command
    else:
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(name)(found)
        command = typer.main.get_command(alone)
    command.name = name
    return command
