"""The plug-in guide's client works as it stands there, and its table of keys is the configuration's own."""

import re
import subprocess
import sys
import types
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from remanso.plugin.config import ClientConfig
from remanso.plugin.model_profile import Profile
from remanso.plugin.registry import load_clients
from tests.support.imports import passing_imports

GUIDE = (Path(__file__).parents[2] / "docs" / "plugin-guide.md").read_text("utf-8")


@pytest.fixture
def bakery(tmp_path: Path) -> Path:
    """The files of the guide, each under the name that stands in bold above it."""
    for name, text in re.findall(r"\*\*`([^`]+)`\*\*\n\n```\w+\n(.*?)```", GUIDE, re.DOTALL):
        path = tmp_path / "espiga" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return tmp_path / "espiga"


def test_the_clients_own_tests_pass(bakery: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"], cwd=bakery, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "9 passed" in ran.stdout


def test_it_is_loaded_as_a_client(bakery: Path) -> None:
    with passing_imports():
        registry = load_clients(bakery.parent, with_tools=True, environ={})
    assert registry.broken == {}
    espiga = registry.clients["espiga"]
    assert [collection.name for collection in espiga.collections] == ["cakes"]
    assert [name for name, _ in espiga.hooks] == ["on_message"]
    tools = {tool.name: (tool.effect.value, tool.repeatable) for tool in espiga.tools}
    assert tools["price_of"] == ("read", True)
    assert tools["order_cake"] == ("write", True)


def test_every_key_is_told_with_its_default() -> None:
    told = dict(re.findall(r"^\| `([a-z_.]+)` \| ([^|]+) \|", GUIDE.partition("## The prompt")[0], re.MULTILINE))
    assert told == dict(keys(ClientConfig))


def keys(section: type[BaseModel], at: str = "") -> Iterator[tuple[str, str]]:
    """Each key of client.toml by its path, with its default as the guide writes it."""
    for name, field in section.model_fields.items():
        inner = next(sections_in(field.annotation), None)
        if inner is not None and inner is not Profile:  # another profile has the keys of `model`
            yield from keys(inner, f"{at}{name}.es." if name == "texts" else f"{at}{name}.")
        elif field.default is PydanticUndefined:
            yield f"{at}{name}", "required"
        else:
            yield f"{at}{name}", "none" if field.default in (None, ()) else str(field.default)


def sections_in(annotation: object) -> Iterator[type[BaseModel]]:
    """The sections an annotation speaks of: itself, in a tuple, behind a language, or optional."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation
        return
    for argument in typing.get_args(annotation):
        yield from sections_in(argument)
