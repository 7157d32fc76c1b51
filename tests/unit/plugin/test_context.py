"""What a tool sends: into the outbox of its call, within WhatsApp's limits."""

import pytest

from remanso.errors import BadInput
from remanso.model.outgoing import Button, CtaUrl, List, Media, Row, Section, Text
from remanso.plugin.context import MOST_SENT
from remanso.testing import tool_context


async def test_texts_are_buttons_and_rows_under_their_own_name() -> None:
    ctx = tool_context()
    await ctx.send_buttons("¿Sí?", ["Sí", Button(id="n", title="No")])
    await ctx.send_list("¿Cuál?", "Ver", ["Pan", Row(id="t", title="Torta")])
    buttons, rows = (message.payload() for message in ctx.outbox)
    assert buttons["buttons"] == [{"id": "Sí", "title": "Sí"}, {"id": "n", "title": "No"}]
    assert rows["sections"] == [{"rows": [{"id": "Pan", "title": "Pan"}, {"id": "t", "title": "Torta"}]}]


async def test_a_list_may_have_sections() -> None:
    ctx = tool_context()
    sections = [Section(title=title, rows=(Row(id=title, title=title),)) for title in ("Dulce", "Salado")]
    await ctx.send_list("¿Cuál?", "Ver", sections, footer="pie")
    assert ctx.outbox == [List(text="¿Cuál?", label="Ver", sections=tuple(sections), footer="pie")]


async def test_files_and_other_kinds() -> None:
    ctx = tool_context()
    await ctx.send_media("document", link="https://cdn.example/a.pdf", filename="a.pdf")
    link = CtaUrl(text="Mirá", label="Abrir", url="https://shop.example/x")
    await ctx.send(link)
    assert ctx.outbox == [Media(type="document", link="https://cdn.example/a.pdf", filename="a.pdf"), link]


async def test_what_is_beyond_a_limit_does_not_get_into_the_outbox() -> None:
    ctx = tool_context()
    with pytest.raises(BadInput, match="exactly one of `id`, `link`, `file` and `attachment`"):
        await ctx.send_media("image")
    with pytest.raises(BadInput, match="every section needs a title"):
        await ctx.send_list("¿?", "Ver", ["Pan", Section(title="A", rows=(Row(id="t", title="Torta"),))])
    with pytest.raises(BadInput, match="at most 1024"):
        await ctx.request_location("x" * 1025)
    with pytest.raises(BadInput, match="at least 1"):
        await ctx.send_buttons("¿?", [])
    assert ctx.outbox == []


async def test_each_call_has_an_outbox_of_its_own_and_not_an_endless_one() -> None:
    ctx = tool_context()
    for number in range(MOST_SENT):
        await ctx.send(Text(text=str(number)))
    with pytest.raises(BadInput, match="at most 10"):
        await ctx.send(Text(text="más"))
    assert tool_context().outbox == []
