"""What is wrong with a file that a person wrote, in words that help to mend it; never with a value found in it."""

import types
import typing
from collections.abc import Iterator
from difflib import get_close_matches

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Place = tuple[int | str, ...]


def told(problem: ValidationError, model: type[BaseModel]) -> list[str]:
    """A sentence for each problem of what should have been a `model`; keys nobody knows come with a suggestion."""
    return [f"{'.'.join(map(str, error['loc'])) or 'it'}: {_sentence(error, model)}" for error in problem.errors()]


def _sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    if error["type"] != "extra_forbidden":
        return error["msg"].removeprefix("Value error, ")
    *place, key = error["loc"]
    return f"no such key{_suggestion(str(key), tuple(place), model)}"


def _suggestion(key: str, place: Place, model: type[BaseModel]) -> str:
    """The key that was meant: one of the same section that is spelt alike, or one of that name that lives elsewhere."""
    keys = dict(_keys(model, ()))
    section = tuple(part for part in place if isinstance(part, str))
    alike = get_close_matches(key, [name for name, sections in keys.items() if section in sections], n=1)
    if alike:
        return f"; did you mean `{alike[0]}`?"
    if key in keys:
        homes = " or ".join(f"[{'.'.join(home)}]" if home else "the top of the file" for home in keys[key])
        return f" here; it belongs to {homes}"
    return ""


def _keys(model: type[BaseModel], section: tuple[str, ...]) -> Iterator[tuple[str, list[tuple[str, ...]]]]:
    """Every key there is, with the sections it stands in."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for name, home in _places(model, section):
        found.setdefault(name, []).append(home)
    yield from found.items()


def _places(model: type[BaseModel], section: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, field in model.model_fields.items():
        yield name, section
        for inner, names in sections_in(field.annotation):
            for within in names:
                yield from _places(inner, (*section, name, *within))


def sections_in(annotation: object) -> Iterator[tuple[type[BaseModel], tuple[tuple[str, ...], ...]]]:
    """The models an annotation speaks of, each with the further names under which it stands (the keys of a dict)."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias):
        if issubclass(annotation, BaseModel):
            yield annotation, ((),)
        return
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is dict:
        names, value = arguments
        for inner, _ in sections_in(value):
            yield inner, tuple((str(name),) for name in typing.get_args(names))
        return
    for argument in arguments:
        yield from sections_in(argument)
