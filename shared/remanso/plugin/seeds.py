"""Seeds: the items a client brings along, `seeds/<collection>.json` in its folder, a list of objects."""

import json
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import ValidationError

from remanso.errors import ConfigurationError
from remanso.plugin.collections import Collection, ItemT
from remanso.plugin.complaints import told

Seeds: TypeAlias = dict[str, dict[str, Any]]
"""Items as JSON values, by key."""


def read_seeds(folder: Path, collection: Collection[ItemT]) -> Seeds:
    """The seeds of a collection in the file's order; none where there is no file.

    Raises:
        ConfigurationError: naming every item that does not fit the model, and every key that stands there twice.
    """
    path = folder / "seeds" / f"{collection.name}.json"
    if not path.exists():
        return {}
    seeds: Seeds = {}
    problems: list[str] = []
    for place, given in enumerate(_items(path)):
        try:
            item = collection.model.model_validate_json(json.dumps(given), extra="forbid")
        except ValidationError as problem:
            problems.extend(f"item {place}: {sentence}" for sentence in told(problem, collection.model))
            continue
        except Exception as problem:  # a client's validator may fail in any way
            problems.append(f"item {place}: {type(problem).__name__}")
            continue
        if collection.key_of(item) in seeds:
            problems.append(f"item {place}: there is a `{collection.key_of(item)}` already")
        seeds[collection.key_of(item)] = item.model_dump(mode="json")
    if problems:
        raise ConfigurationError(f"seeds/{path.name}: {'; '.join(problems)}")
    return seeds


def _items(path: Path) -> list[Any]:
    try:
        items = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as problem:
        raise ConfigurationError(f"seeds/{path.name} cannot be read: {problem}") from problem
    if not isinstance(items, list):
        raise ConfigurationError(f"seeds/{path.name}: expected a list of items")
    return items
