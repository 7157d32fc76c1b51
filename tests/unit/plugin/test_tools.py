"""A tool is made from a typed function: its schema, its reading of arguments, its results."""

import json
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field

from remanso.errors import BadInput, ConfigurationError
from remanso.plugin import ToolContext, Verbatim, tool
from remanso.plugin.schema import lint
from remanso.testing import run_tool, tool_context


class Place(BaseModel):
    city: str
    price: Annotated[Decimal, Field(ge=0)] | None = None


@tool(effect="read")
async def everything(
    ctx: ToolContext,
    query: str,
    copy: Annotated[int, Field(ge=1)] = 3,
    kind: Literal["live", "recorded"] | None = None,
    only: Literal["this"] = "this",
    after: date | None = None,
    places: list[Place] = [],  # noqa: B006 - never changed
) -> dict[str, Any]:
    """Looks for courses.

    Goes on
    over lines.

    Args:
        query (str): what they want: in
            their words
        copy: how many

    Returns:
        nothing the model reads
    """
    return {"query": query, "copy": copy, "kind": kind, "only": only, "after": after, "places": places}


def test_the_schema_is_the_strict_subset() -> None:
    assert everything.schema == {
        "type": "object",
        "additionalProperties": False,
        "required": ["query", "copy", "kind", "only", "after", "places"],
        "properties": {
            "query": {"type": "string", "description": "what they want: in their words"},
            "copy": {"anyOf": [{"type": "integer"}, {"type": "null"}], "description": "how many"},
            "kind": {"anyOf": [{"type": "string", "enum": ["live", "recorded"]}, {"type": "null"}]},
            "only": {"anyOf": [{"type": "string", "enum": ["this"]}, {"type": "null"}]},
            "after": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            "places": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Place"}}, {"type": "null"}]},
        },
        "$defs": {
            "Place": {
                "type": "object",
                "additionalProperties": False,
                "required": ["city", "price"],
                "properties": {
                    "city": {"type": "string"},
                    "price": {"anyOf": [{"type": "number"}, {"type": "string"}, {"type": "null"}]},
                },
            }
        },
    }


def test_the_docstring_is_the_description_without_its_sections() -> None:
    assert everything.description == "Looks for courses.\n\nGoes on over lines."


def test_null_and_absent_arguments_become_the_functions_own_defaults() -> None:
    parsed = everything.parse('{"query":"x","copy":null,"places":[{"city":"Salta","price":1.5}]}')
    assert parsed == {
        "query": "x",
        "copy": 3,
        "kind": None,
        "only": "this",
        "after": None,
        "places": [Place(city="Salta", price=Decimal("1.5"))],
    }


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("{", "not JSON"),
        ("[]", "arguments: "),
        ("null", "arguments: "),
        ("{}", "query: "),
        ('{"query":1}', "query: "),
        ('{"query":"x","copy":0}', "copy: "),
        ('{"query":"x","kind":"other"}', "kind: "),
        ('{"query":"x","invented":1}', "invented: "),
    ],
)
def test_arguments_that_do_not_fit_are_told_by_their_place(arguments: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        everything.parse(arguments)


@tool(effect="read")
async def nothing_to_ask(ctx: ToolContext) -> str:
    """Answers without a question."""
    return "plain"


async def test_a_tool_without_arguments() -> None:
    assert nothing_to_ask.schema == {
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": False,
    }
    assert (await nothing_to_ask.run(tool_context(), nothing_to_ask.parse(""))).content == "plain"


@tool(effect="read")
async def describe(ctx: ToolContext) -> Verbatim:
    """Describes."""
    return Verbatim(text="Ocho semanas de clases en vivo.", note="the description was sent")


@tool(effect="read")
async def located(ctx: ToolContext) -> Place:
    """Locates."""
    return Place(city="Córdoba", price=Decimal("9.50"))


async def test_a_verbatim_text_is_kept_from_the_model() -> None:
    ran = await run_tool(describe, tool_context())
    assert (ran.content, ran.verbatim) == ("the description was sent", "Ocho semanas de clases en vivo.")


async def test_dates_decimals_and_models_become_json() -> None:
    ran = await run_tool(everything, tool_context(), query="x", after="2027-03-08")
    assert (ran.data["after"], ran.data["places"]) == ("2027-03-08", [])
    assert (await run_tool(located, tool_context())).data == {"city": "Córdoba", "price": "9.50"}


@tool(effect="write", idempotent=True)
async def note(ctx: ToolContext, text: str) -> dict[str, bool]:
    """Notes.

    Args:
        text: what.
    """
    await ctx.save_contact("Ana", seen=text)
    await ctx.handoff("asked")
    return {"ok": True}


async def test_what_a_tool_does_to_our_records_is_recorded() -> None:
    ctx = tool_context()
    await run_tool(note, ctx, text="tortas")
    assert ctx.saved == [{"name": "Ana", "seen": "tortas"}]
    assert ctx.handoffs == ["asked"]


def test_what_may_run_twice() -> None:
    assert (everything.repeatable, note.repeatable) == (True, True)

    @tool(effect="write")
    async def pay(ctx: ToolContext) -> str:
        """Pays."""
        return ""

    assert not pay.repeatable


def _undocumented() -> Any:
    @tool(effect="read")
    async def undocumented(ctx: ToolContext) -> str:
        return ""

    return undocumented


def _untyped() -> Any:
    @tool(effect="read")
    async def untyped(ctx: ToolContext, thing) -> str:  # type: ignore[no-untyped-def]
        """Has no types."""
        return ""

    return untyped


def _open_dict() -> Any:
    @tool(effect="read")
    async def open_dict(ctx: ToolContext, things: dict[str, Any]) -> str:
        """Takes anything."""
        return ""

    return open_dict


def _anything() -> Any:
    @tool(effect="read")
    async def anything(ctx: ToolContext, thing: Any) -> str:
        """Takes anything."""
        return ""

    return anything


def _sync() -> Any:
    @tool(effect="read")  # type: ignore[arg-type]
    def sync(ctx: ToolContext) -> str:
        """Blocks."""
        return ""

    return sync


def _stale_docs() -> Any:
    @tool(effect="read")
    async def stale(ctx: ToolContext) -> str:
        """Is stale.

        Args:
            gone: no longer there
        """
        return ""

    return stale


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (_undocumented, "no docstring"),
        (_untyped, "`thing` has no type"),
        (_open_dict, "open object"),
        (_anything, "may be anything"),
        (_sync, "must be an async function"),
        (_stale_docs, "describes `gone`"),
    ],
)
def test_a_function_that_makes_no_tool_is_told_why(make: Any, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        make()


def test_the_lint_finds_what_servers_refuse() -> None:
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": [],
        "properties": {"a": {"type": "string", "minLength": 1}, "b": {"type": "array"}, "c": True},
    }
    findings = "\n".join(lint(schema))
    for told in ("does not require", "a uses `minLength`", "b is a list without", "c has no schema"):
        assert told in findings
    assert list(lint(json.loads(json.dumps(everything.schema)))) == []
