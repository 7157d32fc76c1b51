"""The plug-in contract: what every client must keep, checked the same way in its own tests and in ours."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from remanso.errors import ConfigurationError
from remanso.plugin.collections import Collection
from remanso.plugin.registry import Client, load_client
from remanso.plugin.schema import lint
from remanso.plugin.seeds import read_seeds
from remanso.plugin.tools import Tool

LANGUAGES = ("es", "en")


def check_client(folder: Path) -> list[str]:
    """What is wrong with the client in `folder`, a sentence each; an empty list for a client that keeps the contract.

    Its client.toml is valid, it fits this version of remanso, its package imports and offers tools, its prompt is
    there, its texts exist in both languages, its tools are documented and their schemas are taken by every server,
    its seeds fit their collections.
    No secrets are needed.
    """
    try:
        client = load_client(folder, with_tools=True, environ={})
    except ConfigurationError as problem:
        return [str(problem)]
    return [
        *_texts(client),
        *_prompt(client),
        *(finding for tool in client.tools for finding in _tool(tool)),
        *(finding for collection in client.collections for finding in _seeds(folder, collection)),
    ]


def _texts(client: Client) -> Iterator[str]:
    for language in LANGUAGES:
        if language not in client.config.texts:
            yield f"client.toml: `[texts.{language}]` is missing: contacts are spoken to in both languages"


def _prompt(client: Client) -> Iterator[str]:
    if not client.system_prompt:
        yield "prompts/system.md is empty"


def _seeds(folder: Path, collection: Collection[Any]) -> Iterator[str]:
    try:
        read_seeds(folder, collection)
    except ConfigurationError as problem:
        yield str(problem)


def _tool(tool: Tool) -> Iterator[str]:
    yield from (f"tool {tool.name}: {finding}" for finding in lint(tool.schema))
    for name, schema in tool.schema["properties"].items():
        if not schema.get("description"):
            yield f"tool {tool.name}: its docstring does not say what `{name}` is"
    if not 0 < tool.timeout <= 60:
        yield f"tool {tool.name}: a timeout of {tool.timeout} s; a turn cannot wait longer than 60 s for one tool"
