"""The tools every client can switch on: described in its language, with schemas that every server takes."""

from typing import get_args

import pytest

from remanso.errors import BadInput
from remanso.plugin.behaviour import BuiltinTool
from remanso.plugin.builtin import builtin_tools
from remanso.plugin.config import Language
from remanso.plugin.schema import lint
from remanso.plugin.tools import Tool
from remanso.testing import run_tool, tool_context
from services.simulator.openai.tools import Function, check_schema
from tests.support.school import config

NAMES = get_args(BuiltinTool)


def tools(language: str = "es") -> dict[str, Tool]:
    made = builtin_tools(config(language=language, tools={"builtin": NAMES}))  # type: ignore[arg-type]
    return {tool.name: tool for tool in made}


def test_a_client_has_those_it_names() -> None:
    assert builtin_tools(config()) == ()
    assert [tool.name for tool in builtin_tools(config(tools={"builtin": ["handoff"]}))] == ["handoff"]


@pytest.mark.parametrize("language", get_args(Language))
def test_every_server_takes_them(language: str) -> None:
    made = tools(language)
    assert tuple(made) == NAMES
    for tool in made.values():
        assert list(lint(tool.schema)) == []
        assert all(schema.get("description") for schema in tool.schema["properties"].values())
        check_schema(Function(name=tool.name, parameters=tool.schema, strict=True), "tools[0]")


def test_they_are_described_in_the_clients_language() -> None:
    spanish, english = tools("es"), tools("en")
    assert spanish["send_list"].description.startswith("Manda un texto")
    assert english["send_list"].description.startswith("Sends a text")
    for name in NAMES:
        assert spanish[name].description != english[name].description
        assert spanish[name].schema.keys() == english[name].schema.keys()


@pytest.mark.parametrize("language", get_args(Language))
async def test_results_are_told_in_it_too(language: str) -> None:
    ran = await run_tool(tools(language)["handoff"], ctx := tool_context(), reason="reclamo")
    assert ctx.handoffs == ["reclamo"]
    assert ("persona" in ran.data["note"]) is (language == "es")


async def test_what_was_learned_is_saved_without_blanks() -> None:
    given = {"name": " Ana ", "email": "", "city": None, "interest": "tortas", "note": None}
    ran = await run_tool(tools()["save_contact"], ctx := tool_context(), **given)
    assert ctx.saved == [{"name": "Ana", "interest": "tortas"}]
    assert ran.data == {"ok": True, "saved": ["interest", "name"]}


async def test_what_is_no_mail_is_not_saved() -> None:
    ctx = tool_context()
    given = {"name": "Ana", "city": None, "interest": None, "note": None}
    with pytest.raises(BadInput, match="correo"):
        await run_tool(tools()["save_contact"], ctx, email="ana arroba", **given)
    assert ctx.saved == []


async def test_beyond_a_limit_the_model_reads_which() -> None:
    ctx = tool_context()
    with pytest.raises(BadInput, match="at most 20 characters"):
        await run_tool(tools()["send_buttons"], ctx, text="¿?", buttons=["x" * 21])
    with pytest.raises(BadInput, match="title: String should have at most 24"):
        rows = [{"title": "x" * 25, "description": None}]
        await run_tool(tools()["send_list"], ctx, text="¿?", label="Ver", rows=rows)
    with pytest.raises(BadInput, match="same id"):
        rows = [{"title": "a", "description": None}] * 2
        await run_tool(tools()["send_list"], ctx, text="¿?", label="Ver", rows=rows)
    assert ctx.outbox == []
