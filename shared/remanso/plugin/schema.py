"""JSON schemas for tools: the strict subset that OpenAI and the compatible servers all take.

The subset: an object at the root, `additionalProperties: false` on every object, every property required, what is
optional is a union with null, and no keyword that only some servers know (defaults, lengths, bounds, patterns).
What the schema cannot say is checked by pydantic when the arguments arrive.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from remanso.errors import ConfigurationError

KEYWORDS = frozenset(
    ("type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "$ref", "$defs", "description")
)
MAX_DEPTH = 10  # levels of nesting that OpenAI takes in a strict schema

Schema = dict[str, Any]


def strict(schema: Mapping[str, Any], name: str) -> Schema:
    """pydantic's schema of the arguments of tool `name`, rewritten into the subset.

    Raises:
        ConfigurationError: an argument's type cannot be said in the subset; the text names it.
    """
    rewritten = _rewrite(schema)
    findings = list(lint(rewritten))
    if findings:
        raise ConfigurationError(f"tool {name}: {'; '.join(findings)}")
    return rewritten


def _rewrite(schema: Mapping[str, Any]) -> Schema:
    kept = {key: value for key, value in schema.items() if key in KEYWORDS}
    if "const" in schema:
        kept["enum"] = [schema["const"]]
    if "oneOf" in schema:
        kept["anyOf"] = schema["oneOf"]
    for key in ("properties", "$defs"):
        if key in kept:
            kept[key] = {name: _rewrite(child) for name, child in kept[key].items()}
    if "anyOf" in kept:
        kept["anyOf"] = [_rewrite(child) for child in kept["anyOf"]]
    if isinstance(kept.get("items"), Mapping):
        kept["items"] = _rewrite(kept["items"])
    if kept.get("type") == "object" and kept.get("additionalProperties", False) is False:
        kept.setdefault("properties", {})
        kept["required"] = list(kept["properties"])
        kept["additionalProperties"] = False
    return kept


def lint(schema: Any, at: str = "arguments", depth: int = 0) -> Iterator[str]:
    """What lies outside the subset, a sentence each; nothing for a schema that every server takes."""
    if not isinstance(schema, Mapping):
        yield f"{at} has no schema of its own"
        return
    if depth == 0 and schema.get("type") != "object":
        yield f"{at} must be an object"
    if depth > MAX_DEPTH:
        yield f"{at} lies more than {MAX_DEPTH} levels deep"
        return
    yield from (f"{at} uses `{keyword}`, which not every server takes" for keyword in sorted(schema.keys() - KEYWORDS))
    if not schema.keys() & {"type", "anyOf", "$ref", "enum"}:
        yield f"{at} may be anything: give it a type"
    if schema.get("type") == "object":
        yield from _open_object(schema, at)
    if schema.get("type") == "array" and "items" not in schema:
        yield f"{at} is a list without a type for its items"
    for place, child in _children(schema, at):
        yield from lint(child, place, depth + 1)


def _open_object(schema: Mapping[str, Any], at: str) -> Iterator[str]:
    if schema.get("additionalProperties") is not False or "properties" not in schema:
        yield f"{at} is an open object: name its fields in a pydantic model"
    elif set(schema.get("required", ())) != set(schema["properties"]):
        yield f"{at} does not require each of its properties"


def _children(schema: Mapping[str, Any], at: str) -> Iterator[tuple[str, Any]]:
    yield from ((f"{at}.{name}", child) for name, child in schema.get("properties", {}).items())
    yield from ((name, child) for name, child in schema.get("$defs", {}).items())
    yield from ((at, child) for child in schema.get("anyOf", ()))
    if "items" in schema:
        yield f"{at}[]", schema["items"]
