"""A test message goes like a person's, and takes nobody's word."""

from remanso.store import Store
from tests.support.console import CHANNELS, SCHOOL, Visitors, a_user
from tests.support.scene import a_conversation
from tests.support.school import config


async def test_a_test_message_is_queued_once_and_the_bot_keeps_the_conversation(
    visitors: Visitors, store: Store
) -> None:
    admin = await visitors.as_user(await a_user(store, school="admin"))
    conversation = await a_conversation(store, "hola", business=config(SCHOOL, CHANNELS[SCHOOL]))
    form = {"conversation_id": str(conversation.id), "text": "probando", "key": "once"}
    for _ in range(2):
        assert (await admin.post(f"/clients/{SCHOOL}/channels/test", **form)).status_code == 303
    async with store.transaction() as tx:
        sent = await tx.deliveries.of_conversation(conversation.id)
        now = await tx.conversations.get(conversation.id)
    assert [(each.kind, each.payload["text"]) for each in sent] == [("human", "probando")]
    assert now
    assert now.mode == "bot"
