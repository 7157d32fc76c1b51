"""Function tools as OpenAI checks them: names, JSON schemas, the subset for `strict`, `tool_choice`."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import jsonschema_rs
from pydantic import BaseModel, ConfigDict, Field

from services.simulator.openai.conversation import Tool
from services.simulator.openai.errors import ApiError

MAX_TOOLS = 128
_MAX_PROPERTIES, _MAX_DEPTH, _MAX_ENUM = 5000, 10, 1000
# Keywords of the subset for strict tools (structured outputs guide); `default` is refused by older snapshots.
_STRICT_KEYWORDS = {
    "type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref", "$defs",
    "definitions", "title", "description", "pattern", "format", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minItems", "maxItems",
}  # fmt: skip


class Function(BaseModel):
    """The definition of a function, the same on both endpoints."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: str = Field(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_-]+$")
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None

    def as_tool(self) -> Tool:
        return Tool(self.name, self.parameters or {"type": "object", "properties": {}})


def check_schema(function: Function, param: str) -> None:
    """Refuses parameters that are no object schema, or that leave the subset while `strict` is true."""
    if function.parameters is None:
        return
    problem = _problem(json.dumps(function.parameters), bool(function.strict))
    if problem is not None:
        message = f"Invalid schema for function '{function.name}': {problem}"
        raise ApiError(message, param=param, code="invalid_function_parameters")


@lru_cache(maxsize=1024)
def _problem(schema_text: str, strict: bool) -> str | None:
    """What is wrong with a schema. Remembered by its text: the same tools come with every request."""
    schema = json.loads(schema_text)
    problem = _not_an_object(schema) or _not_a_schema(schema)
    if problem is None and strict:
        problem = next(_outside_subset(schema, (), 1), None) or _too_big(schema)
    return problem


def _not_an_object(schema: dict[str, Any]) -> str | None:
    if schema.get("type") != "object":
        return f"the root must be of type 'object', not {schema.get('type')!r}."
    if not isinstance(schema.get("properties", {}), dict):
        return "'properties' of the root must be an object."
    return None


def _not_a_schema(schema: dict[str, Any]) -> str | None:
    try:
        jsonschema_rs.meta.validate(schema)
    except jsonschema_rs.ValidationError as error:
        return f"at {error.instance_path}: {error.message}"
    return None


def _outside_subset(schema: Any, at: tuple[str, ...], depth: int) -> Iterator[str]:
    """Every finding as a sentence; `at` is the path OpenAI calls the context."""
    if not isinstance(schema, dict):
        yield f"in context {at}: a schema object is expected."
        return
    for keyword in sorted(schema.keys() - _STRICT_KEYWORDS):
        yield f"in context {at}: '{keyword}' is not permitted."
    if depth > _MAX_DEPTH:
        yield f"in context {at}: more than {_MAX_DEPTH} levels of nesting."
    if not at and "anyOf" in schema:
        yield "the root may not be an 'anyOf'."
    if schema.get("type") == "object" or "properties" in schema:
        yield from _open_object(schema, at)
    elif not schema.keys() & {"type", "anyOf", "$ref", "enum", "const"}:
        yield f"in context {at}: the schema must have a 'type' key."
    if schema.get("type") == "array" and "items" not in schema:
        yield f"in context {at}: an array schema needs 'items'."
    for step, child, deeper in _children(schema):
        yield from _outside_subset(child, (*at, *step), depth + deeper)


def _open_object(schema: dict[str, Any], at: tuple[str, ...]) -> Iterator[str]:
    if schema.get("additionalProperties") is not False:
        yield f"in context {at}: 'additionalProperties' must be given and be false."
    missing = set(schema.get("properties", {})) - set(schema.get("required", []))
    unknown = set(schema.get("required", [])) - set(schema.get("properties", {}))
    if missing:
        yield f"in context {at}: 'required' must name every property; missing: {', '.join(sorted(missing))}."
    if unknown:
        yield f"in context {at}: 'required' names unknown properties: {', '.join(sorted(unknown))}."


def _children(schema: dict[str, Any]) -> Iterator[tuple[tuple[str, ...], Any, int]]:
    """(path step, sub-schema, levels it lies deeper)."""
    for keyword in ("properties", "$defs", "definitions"):
        for name, child in schema.get(keyword, {}).items():
            yield (keyword, name), child, 1 if keyword == "properties" else 0
    if "items" in schema:
        yield ("items",), schema["items"], 1
    for index, child in enumerate(schema.get("anyOf", [])):
        yield ("anyOf", str(index)), child, 0


def _too_big(schema: dict[str, Any]) -> str | None:
    properties, values = _sizes(schema)
    if properties > _MAX_PROPERTIES:
        return f"more than {_MAX_PROPERTIES} properties."
    if values > _MAX_ENUM:
        return f"more than {_MAX_ENUM} enum values."
    return None


def _sizes(schema: Any) -> tuple[int, int]:
    sizes = [_sizes(child) for _, child, _ in _children(schema)]
    properties = len(schema.get("properties", {})) + sum(size[0] for size in sizes)
    return properties, len(schema.get("enum", [])) + sum(size[1] for size in sizes)


def narrowed(tools: tuple[Tool, ...], names: set[str]) -> tuple[Tool, ...]:
    """The tools that `tool_choice` leaves; 400 when it names one that is not offered."""
    unknown = names - {tool.name for tool in tools}
    if unknown:
        message = f"'tool_choice' names tools that 'tools' does not hold: {', '.join(sorted(unknown))}."
        raise ApiError(message, param="tool_choice")
    return tuple(tool for tool in tools if tool.name in names)


def refuse_choice_without_tools(given: set[str]) -> None:
    """400 when a field about tools comes without any tools."""
    for field in ("tool_choice", "parallel_tool_calls"):
        if field in given:
            raise ApiError(f"'{field}' may only be given together with 'tools'.", param=field)
