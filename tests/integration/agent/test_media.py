"""Files that contacts send, over real sockets: fetched from the stand-in for Graph, heard by the one for OpenAI."""

import asyncio
import base64
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from remanso.model.content import Media, Reaction
from services.agent.asking import ContactText
from services.agent.media.opening import MOST_AT_ONCE
from services.agent.media.senses import Heard, Sound
from tests.support import school
from tests.support.agents import ScriptedModel, reply
from tests.support.listening import PNG, SEEING, World, answered, burst


async def test_the_words_of_a_voice_note_reach_the_model_and_are_paid_for_once(world: World) -> None:
    await world.order("openai/transcripts", transcripts=[{"text": "Quiero el de Excel.", "seconds": 30}])
    turn, model = await answered(world, await world.sends("audio"), "¿hay?")
    assert burst(model.asked[0]).text == "[Nota de voz, transcripta: «Quiero el de Excel.»]\n¿hay?"
    (row,) = await world.rows(turn)
    assert (row.state, row.transcript, row.audio_seconds) == ("heard", "Quiero el de Excel.", 30.0)
    assert row.cost_usd == Decimal("0.00225")
    (asked,) = await world.heard()
    assert asked["body"]["model"] == "gpt-transcribe"
    assert (asked["body"]["languages[]"], asked["body"]["keywords[]"]) == (["es", "en"], ["Emprendemy"])
    assert asked["body"]["file"]["name"] == "voice.ogg"


async def test_a_voice_note_of_an_earlier_turn_keeps_its_words(world: World) -> None:
    sender = school.person()
    await world.order("openai/transcripts", transcripts=[{"text": "Soy Ana."}])
    model = ScriptedModel(lambda request: reply("Hola."))
    for said in (await world.sends("audio"), "¿cómo me llamo?"):
        await world.desk(model).take((await world.bench.turn(said, sender=sender)).id)
    texts = [item.text for item in model.asked[1].items if isinstance(item, ContactText)]
    assert texts == ["[Nota de voz, transcripta: «Soy Ana.»]", "¿cómo me llamo?"]
    assert len(await world.heard()) == 1


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"kind": "corrupt"}, "wrong_hash"),
        ({"kind": "http", "http": 404}, "gone"),
        ({"kind": "http", "http": 503}, "unavailable"),
        ({"kind": "reset_before"}, "unavailable"),
        ({"kind": "token_expired"}, "refused"),
        ({"kind": "dribble", "seconds": 30}, "too_slow"),
        ({"kind": "timeout_before"}, "too_slow"),
    ],
)
async def test_a_file_that_cannot_be_had_is_told_and_the_turn_is_answered(
    world: World, fault: dict[str, Any], reason: str
) -> None:
    if reason == "too_slow":
        world.client(media={"seconds": 0.7})
    await world.fail_download(**fault)
    turn, model = await answered(world, await world.sends("audio"), "¿hay?")
    (row,) = await world.rows(turn)
    assert (row.state, row.reason) == ("failed", reason)
    assert burst(model.asked[0]).text.startswith("[Nota de voz que no se pudo escuchar")
    assert await world.heard() == []


async def test_files_beyond_the_limits_are_told_and_cost_nothing(world: World) -> None:
    large = base64.b64encode(PNG + bytes(60_000)).decode()
    world.client(model=SEEING, media={"files": 3, "image_megabytes": 0.05, "minutes": 0.001})
    gone = Media(kind="audio", media_id="700000000009999", mime_type="audio/ogg", voice=True)
    sent = [await world.sends("image", data=large), await world.sends("audio"), gone, await world.sends("image")]
    turn, model = await answered(world, *sent)
    assert burst(model.asked[0]).text.splitlines() == [
        "[Imagen que no se pudo ver; pesa demasiado]",
        "[Nota de voz que no se pudo escuchar; dura demasiado]",
        "[Nota de voz que no se pudo escuchar; WhatsApp ya no tiene el archivo]",
        "[Imagen que no se pudo ver; llegaron demasiados archivos juntos]",
    ]
    assert sorted(row.reason or "" for row in await world.rows(turn)) == ["gone", "too_large", "too_long", "too_many"]
    assert await world.heard() == []


@pytest.mark.parametrize("kind", ["outage", "down", "billing", "html502", "broken_json", "choices_null"])
async def test_when_nobody_can_hear_the_contact_is_answered_all_the_same(world: World, kind: str) -> None:
    await world.order("openai/faults", faults=[{"kind": kind, "on": "transcriptions"}])
    turn, model = await answered(world, await world.sends("audio"))
    assert burst(model.asked[0]).text == "[Nota de voz que no se pudo escuchar]"
    (row,) = await world.rows(turn)
    assert row.state == "failed"
    assert row.size, "it had been downloaded"


class Crowd:
    """Hears nothing before `together` sounds are being listened to, and remembers the most there ever were."""

    def __init__(self, together: int) -> None:
        self._barrier = asyncio.Barrier(together)
        self.most = self._now = 0

    async def hear(self, sound: Sound) -> Heard:
        self._now += 1
        self.most = max(self.most, self._now)
        await self._barrier.wait()
        self._now -= 1
        return Heard("hola", "a-model", None, 1.0)


async def test_files_are_opened_side_by_side_but_not_without_bound(world: World) -> None:
    crowd = Crowd(MOST_AT_ONCE)
    world.senses = replace(world.senses, transcriber=crowd)
    turn, _ = await answered(world, *[await world.sends("audio") for _ in range(2 * MOST_AT_ONCE)])
    assert [row.state for row in await world.rows(turn)] == ["heard"] * 2 * MOST_AT_ONCE
    assert crowd.most == MOST_AT_ONCE


async def test_a_passing_trouble_is_tried_again(world: World) -> None:
    await world.order("openai/transcripts", transcripts=[{"text": "Hola."}])
    await world.order("openai/faults", faults=[{"kind": "outage", "times": 1, "on": "transcriptions"}])
    await world.fail_download("reset_before", times=2)
    _, model = await answered(world, await world.sends("audio"))
    assert burst(model.asked[0]).text == "[Nota de voz, transcripta: «Hola.»]"


async def test_a_reply_to_a_voice_note_says_what_was_said_in_it(world: World) -> None:
    sender = school.person()
    await world.order("openai/transcripts", transcripts=[{"text": "Quiero el de Excel."}])
    model = ScriptedModel(lambda request: reply("Bien."))
    note = await world.bench.turn(await world.sends("audio"), sender=sender)
    await world.desk(model).take(note.id)
    async with world.bench.store.transaction() as tx:
        (heard, _) = await tx.messages.of_conversation(note.conversation_id)
    reaction = Reaction(target=heard.wamid or "", emoji="👍")
    await world.desk(model).take((await world.bench.turn(reaction, "eso", sender=sender)).id)
    assert burst(model.asked[1]).text == "[Reaccionó con 👍 a «Quiero el de Excel.»]\neso"


async def test_a_document_is_told_with_its_size_and_the_rest_by_name(world: World) -> None:
    sent = [await world.sends(kind) for kind in ("document", "video", "sticker", "image")]
    _, model = await answered(world, *sent)
    document, video, sticker, image = burst(model.asked[0]).text.splitlines()
    assert document.startswith("[Documento, archivo «")
    assert " B;" in document
    assert (video.split(";")[0], sticker.split(";")[0], image.split(";")[0]) == ("[Video", "[Sticker", "[Imagen")
    assert burst(model.asked[0]).pictures == ()
