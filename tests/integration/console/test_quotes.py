"""A reply shows what it answers and a reaction what it is about, wherever that stands in the dialog."""

from sqlalchemy import text

from remanso.store import Store
from tests.support.console import Visitors, a_user, in_doubt
from tests.support.scene import a_conversation


async def test_replies_and_reactions_name_what_they_are_about(visitors: Visitors, store: Store) -> None:
    conversation = await a_conversation(store, "¿cuánto sale <Excel>?", "ese", "gracias")
    delivery_id = await in_doubt(store, conversation)
    browser = await visitors.as_user(await a_user(store, school="member"))
    async with store.transaction() as tx:
        first, second, third = await tx.messages.of_conversation(conversation.id)
        await tx.connection.execute(
            text("UPDATE messages SET quoted = (SELECT wamid FROM messages WHERE id = :first) WHERE id = :second"),
            {"first": first.id, "second": second.id},
        )
        await tx.connection.execute(
            text("UPDATE deliveries SET wamid = 'wamid.ours' WHERE id = :id"), {"id": delivery_id}
        )
        reaction = '{"kind": "reaction", "target": "wamid.ours", "emoji": "👍"}'
        await tx.connection.execute(
            text("UPDATE messages SET content = CAST(:content AS jsonb) WHERE id = :third"),
            {"content": reaction, "third": third.id},
        )
    page = (await browser.get(f"/conversations/{conversation.id}")).text
    quotes = page.split('<a class="bubble-quote"')[1:]
    assert len(quotes) == 2
    reply, about_ours = (quote.partition("</a>")[0] for quote in quotes)
    assert f'href="#message-{first.id}"' in reply
    assert "¿cuánto sale &lt;Excel&gt;?" in reply
    assert f'href="#delivery-{delivery_id}"' in about_ours
    assert "Equipo" in about_ours
