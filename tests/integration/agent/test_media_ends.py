"""What was opened is stored once, whoever dies or steps in meanwhile; and what is kept has an end."""

import asyncio

import pytest
from sqlalchemy import text

from remanso.store.turns import Turn
from services.agent.asking import ContactText
from services.agent.media.retention import forget_expired
from tests.support import school
from tests.support.agents import ScriptedModel, reply
from tests.support.listening import PNG, SEEING, World, answered, crash_and_resume
from tests.support.waiting import eventually


@pytest.mark.parametrize("before", [True, False], ids=["before the commit", "after the commit"])
async def test_an_agent_may_die_between_hearing_and_storing(world: World, before: bool) -> None:
    border = 1
    while await crash_and_resume(world, border, before=before):
        border += 1
    assert border > 4, "claiming, reading, two files, reading, answering"


async def test_a_zombie_stores_nothing_of_what_it_heard(world: World) -> None:
    await world.order("openai/transcripts", transcripts=[{"text": "del zombi", "latency": 1.0}, {"text": "del vivo"}])
    turn = await world.bench.turn(await world.sends("audio"))
    zombie = asyncio.create_task(world.desk(ScriptedModel(lambda request: reply("Zombi."))).take(turn.id))

    async def listening() -> bool:
        return len(await world.heard()) == 1

    await eventually(listening)
    await world.bench.expire(turn)
    await world.desk(ScriptedModel(lambda request: reply("Vivo."))).take(turn.id)
    await zombie
    assert [row.transcript for row in await world.rows(turn)] == ["del vivo"]
    assert await world.bench.texts(turn) == ["Vivo."]


async def test_a_person_who_takes_over_ends_the_listening(world: World) -> None:
    await world.order("openai/transcripts", transcripts=[{"text": "tarde", "latency": 0.5}])
    turn = await world.bench.turn(await world.sends("audio"))
    working = asyncio.create_task(world.desk(ScriptedModel(lambda request: reply("No."))).take(turn.id))

    async def listening() -> bool:
        return len(await world.heard()) == 1

    await eventually(listening)
    await world.bench.take_over(turn)
    await working
    assert await world.rows(turn) == []
    assert await world.bench.texts(turn) == []


async def test_what_is_kept_has_an_end(world: World) -> None:
    world.client(model=SEEING, media={"keep_days": 2})
    turn, _ = await answered(world, await world.sends("image"))
    async with world.bench.store.transaction() as tx:
        found = await tx.connection.execute(
            text("SELECT content, expires_at - now() > interval '1 day' FROM media WHERE turn_id = :turn"),
            {"turn": turn.id},
        )
        content, lasts = found.one()
    assert (bytes(content), lasts) == (PNG, True)


async def test_what_is_over_is_deleted_and_known_all_the_same(world: World) -> None:
    """By several sweepers at once; what lasts is left alone, and the row of the other tells the model and the team."""
    world.client(model=SEEING, media={"keep_days": 2})
    sender = school.person()
    turn, _ = await answered(world, await world.sends("image", caption="mirá"), sender=sender)
    fresh, _ = await answered(world, await world.sends("image"))
    await world.bench.execute("UPDATE media SET expires_at = now() WHERE turn_id = :turn", turn=turn.id)
    await asyncio.gather(*(forget_expired(world.bench.store) for _ in range(3)))
    assert (await kept(world, turn), await kept(world, fresh)) == ([None], [PNG])
    (row,) = await world.rows(turn)
    assert (row.state, row.size) == ("seen", len(PNG))
    _, model = await answered(world, "¿y?", sender=sender)
    first = next(item for item in model.asked[0].items if isinstance(item, ContactText))
    assert first == ContactText("[Imagen, con el texto «mirá»; ya no se muestra]")
    async with world.bench.store.transaction() as tx:
        entry = (await tx.dialogs.of_conversation(turn.conversation_id))[0]
    told = entry.content["file"]
    assert (told["state"], told["size"], told["kept"]) == ("seen", len(PNG), False)
    assert len(told["sha256"]) == 64


async def kept(world: World, turn: Turn) -> list[bytes | None]:
    async with world.bench.store.transaction() as tx:
        found = await tx.connection.execute(text("SELECT content FROM media WHERE turn_id = :turn"), {"turn": turn.id})
        return [content and bytes(content) for content in found.scalars()]
