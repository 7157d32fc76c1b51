"""A reaction is a part like any other: the strict stand-in for Graph takes it, on the message it is for."""

from dataclasses import replace

from pydantic import SecretStr

from remanso.bus import Bus
from remanso.model.delivery import DeliveryKind
from remanso.model.message import Sender
from remanso.plugin.registry import Registry
from remanso.store import Store
from tests.support import school
from tests.support.scene import conversation_of, deliveries, receive
from tests.support.senders import Senders
from tests.unit.simulator.graph_server import ANA, NUMBER, TOKEN, running_stage


async def test_a_reaction_goes_out_on_its_message(store: Store, bus: Bus) -> None:
    business, ana = school.config(channel=NUMBER), Sender(wa_id=ANA, profile_name="Ana")
    (client,) = school.registry(business).clients.values()
    known = Registry({client.name: replace(client, secrets={"access_token": SecretStr(TOKEN)})}, {})
    async with running_stage() as stage:
        (wamid,) = await stage.hear({"type": "text", "text": "😂"})
        await receive(store, [school.said(ana, "😂", wamid=wamid, channel=NUMBER)], business)
        conversation = await conversation_of(store, ana)
        async with store.transaction() as tx:
            first = await tx.conversations.take_delivery_positions(conversation.id, 1)
            payload = {"type": "reaction", "emoji": "👍", "target": wamid}
            await tx.deliveries.add(conversation.id, first, [payload], kind=DeliveryKind.ANSWER, epoch=0)
        senders = Senders(store, bus, f"{stage.origin}/graph")
        await (await senders.one(clients=known)).drain.run(conversation.id)
        await senders.close()
        assert [part.state for part in await deliveries(store, conversation.id)] == ["accepted"]
        reaction = (await stage.conversation())[-1]["payload"]["reaction"]
    assert reaction == {"message_id": wamid, "emoji": "👍"}
