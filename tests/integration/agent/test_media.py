"""Files that contacts send, over real sockets: fetched from the stand-in for Graph, heard by the one for OpenAI."""

import asyncio
import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from remanso.channels.whatsapp.media import MediaClient
from remanso.model.content import Media, Reaction
from remanso.model.message import Sender
from remanso.model.turn import TurnState
from remanso.store import Store
from remanso.store.media import StoredMedia
from remanso.store.turns import Turn
from services.agent.asking import ContactText, ModelRefused, ModelReply, ModelRequest
from services.agent.credit import release_abandoned
from services.agent.desk import Desk
from services.agent.media.opening import MOST_AT_ONCE
from services.agent.media.retention import forget_expired
from services.agent.media.senses import Heard, Senses, Sound
from services.agent.models.port import Models
from services.agent.models.transcription import SpeechModel
from services.simulator.graph.samples import samples
from tests.support import credit, school
from tests.support.agents import Bench, Crash, CrashingStore, ScriptedModel, made_up_client, reply
from tests.support.lone_simulator import ACCESS_TOKEN, Business
from tests.support.waiting import eventually

ANA = "5491155550111"
PNG = samples()["image"][1]
PRICE = {"per_minute": "0.0045", "valid_from": "2026-11-01"}
PRICED = {"prices": [{"input": 1, "cached": 1, "output": 1, "valid_from": "2026-11-01"}]}
NAMES = iter(f"listener-{number}" for number in range(100))
SEEING = {"model": "gpt-6-luna", "vision": True}


@dataclass
class World:
    """A bench whose agents can hear and see, with the hand that steers Meta and OpenAI."""

    bench: Bench
    senses: Senses
    url: str
    http: httpx.AsyncClient

    async def order(self, path: str, **body: Any) -> None:
        (await self.http.post(f"/control/{path}", json=body)).raise_for_status()

    async def fail_download(self, kind: str, **fault: Any) -> None:
        await self.order("graph/faults", faults=[{"kind": kind, "on": "downloads", **fault}])

    async def sends(self, kind: str, **said: Any) -> Media:
        """A contact sends a file; its message as the ingress reads it."""
        await self.order(f"contacts/{ANA}/send", messages=[{"type": kind, **said}])
        told = (await self.http.get(f"/control/conversations/{ANA}")).json()[-1]["payload"][kind]
        return Media.model_validate({"kind": kind, "media_id": told["id"], **told})

    async def heard(self) -> list[dict[str, Any]]:
        """The transcriptions that were asked for."""
        asked = (await self.http.get("/control/openai/requests")).json()
        return [request for request in asked if request["path"].endswith("/audio/transcriptions")]

    def client(self, **sections: Any) -> None:
        """The bench's client with other sections of its client.toml, and the token the stand-in for Graph takes."""
        made = made_up_client(self.bench.runs, **sections)
        self.bench.client = replace(made, secrets={"access_token": SecretStr(ACCESS_TOKEN)})

    def desk(self, model: Any, store: Store | None = None) -> Desk:
        return replace(self.bench.desk(model, store=store), senses=self.senses)

    async def rows(self, turn: Turn) -> list[StoredMedia]:
        async with self.bench.store.transaction() as tx:
            return await tx.media.of_turns([turn.id])


@pytest.fixture
async def world(bench: Bench, simulator: Business) -> AsyncIterator[World]:
    url = simulator.simulator_url
    async with (
        httpx.AsyncClient(base_url=url) as http,
        MediaClient(f"{url}/graph", "v25.0") as files,
        SpeechModel.connect(f"{url}/openai/v1", "a-key", "gpt-transcribe") as transcriber,
    ):
        (await http.post("/control/reset")).raise_for_status()
        here = World(bench, Senses(files, transcriber), url, http)
        here.client(media={"price": PRICE, "keywords": ["Emprendemy"]})
        yield here
        (await http.post("/control/reset")).raise_for_status()


def listo(_: ModelRequest) -> ModelReply:
    """An answer for nothing: what is paid here is paid for hearing."""
    said = reply("Listo.")
    return replace(said, usage=replace(said.usage, cost_usd=Decimal(0)))


def burst(request: ModelRequest) -> ContactText:
    """What the model was shown of this turn."""
    return [item for item in request.items if isinstance(item, ContactText)][-1]


async def answered(world: World, *contents: Media | str, sender: Sender | None = None) -> tuple[Turn, ScriptedModel]:
    """A turn with these messages, worked on by one agent, and answered whatever became of its files."""
    turn, model = await world.bench.turn(*contents, sender=sender), ScriptedModel(listo)
    await world.desk(model).take(turn.id)
    assert (await world.bench.now(turn)).state == TurnState.ANSWERED
    assert (await world.bench.texts(turn))[-1] == "Listo."
    return turn, model


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


async def test_a_picture_is_shown_in_its_turn_and_the_next_and_then_told(world: World) -> None:
    world.client(model=SEEING)
    sender, model = school.person(), ScriptedModel(lambda request: reply("La veo."))
    for said in (await world.sends("image", caption="mirá"), "¿y?", "¿sigue ahí?"):
        await world.desk(model).take((await world.bench.turn(said, sender=sender)).id)
    first = [next(item for item in request.items if isinstance(item, ContactText)) for request in model.asked]
    assert [len(item.pictures) for item in first] == [1, 1, 0]
    assert first[0].pictures[0].content == PNG
    assert first[0].text == "[Imagen, con el texto «mirá»; va adjunta]"
    assert first[2].text == "[Imagen, con el texto «mirá»; ya no se muestra]"


async def test_a_picture_goes_to_openai_inside_the_request(world: World) -> None:
    world.client(model=SEEING)
    turn = await world.bench.turn(await world.sends("image"), "¿qué es?")
    async with Models.connect(f"{world.url}/openai/v1", "a-key") as model:
        await world.desk(model).take(turn.id)
    (said,) = await world.bench.texts(turn)
    assert "Ya vi tu imagen" in said
    (asked,) = (await world.http.get("/control/openai/requests")).json()
    words, picture = asked["body"]["messages"][-1]["content"]
    assert words == {"type": "text", "text": "[Imagen; va adjunta]\n¿qué es?"}
    url = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    assert picture == {"type": "image_url", "image_url": {"url": url, "detail": "auto"}}


async def test_a_picture_that_the_model_refuses_costs_no_turn(world: World) -> None:
    world.client(model=SEEING)

    def refuse_pictures(request: ModelRequest) -> ModelReply:
        if burst(request).pictures:
            raise ModelRefused("image_parse_error")
        return reply("Sin la imagen.")

    turn = await world.bench.turn(await world.sends("image"), "¿qué es?")
    await world.desk(ScriptedModel(refuse_pictures)).take(turn.id)
    assert await world.bench.texts(turn) == ["Sin la imagen."]


async def test_what_only_claims_to_be_a_picture_never_reaches_the_model(world: World) -> None:
    world.client(model=SEEING)
    page = base64.b64encode(b"<html>").decode()
    _, model = await answered(world, await world.sends("image", data=page, mime_type="image/png"))
    assert burst(model.asked[0]) == ContactText("[Imagen que no se pudo ver; su formato no se reconoce]")


async def crash_and_resume(world: World, border: int, *, before: bool) -> bool:
    """One agent dies at a border, another finishes. False when there was no such border to die at."""
    heard = len(await world.heard())
    turn = await world.bench.turn(await world.sends("audio"), await world.sends("document"))
    dying = CrashingStore(world.bench.store, border, before=before)
    try:
        await world.desk(ScriptedModel(listo), dying).take(turn.id)
        return False
    except Crash:
        await world.bench.expire(turn)
    kept = [row.transcript for row in await world.rows(turn) if row.state == "heard"]
    paid = len(await world.heard()) - heard
    model = ScriptedModel(listo)
    await world.desk(model).take(turn.id)
    assert await world.bench.texts(turn) == ["Listo."]
    assert sorted(row.state for row in await world.rows(turn)) == ["heard", "named"]
    again = len(await world.heard()) - heard - paid
    assert again == (0 if kept else 1), "what is stored is not paid for a second time"
    return True


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


def costly(world: World, **credit_section: Any) -> None:
    """The bench's client with credit, under a name of its own."""
    world.client(
        name=next(NAMES), media={"price": PRICE}, credit={"enabled": True, **credit_section}, model=PRICED | SEEING
    )


async def balance(world: World) -> tuple[Decimal, Decimal]:
    found = await credit.account(world.bench.store, None, world.bench.client.name)
    return found.balance, found.reserved


async def test_hearing_is_reserved_for_before_and_settled_with_what_was_heard(world: World) -> None:
    costly(world, client_dollars=1)
    reserved: list[Decimal] = []

    class Watching:
        async def hear(self, sound: Sound) -> Heard:
            reserved.append((await balance(world))[1])
            return await senses.transcriber.hear(sound)

    senses, world.senses = world.senses, replace(world.senses, transcriber=Watching())
    await world.order("openai/transcripts", transcripts=[{"text": "Hola.", "seconds": 1}])
    turn, _ = await answered(world, await world.sends("audio"))
    (row,) = await world.rows(turn)
    assert row.cost_usd
    assert reserved[0] >= row.cost_usd
    assert await balance(world) == (1 - row.cost_usd, Decimal(0))
    await credit.assert_books_agree(world.bench.store)


async def test_hearing_that_fails_is_paid_by_nobody(world: World) -> None:
    costly(world, client_dollars=1)
    await world.order("openai/faults", faults=[{"kind": "billing", "on": "transcriptions"}])
    await answered(world, await world.sends("audio"))
    assert await balance(world) == (Decimal(1), Decimal(0))
    await credit.assert_books_agree(world.bench.store)


async def test_without_credit_nothing_is_heard_and_the_contact_is_told(world: World) -> None:
    costly(world, client_dollars=0)
    model = ScriptedModel(lambda request: reply("No."))
    turn = await world.bench.turn(await world.sends("audio"), await world.sends("image"))
    await world.desk(model).take(turn.id)
    assert (await world.heard(), model.asked) == ([], [])
    assert (await world.bench.now(turn)).reason == "no_credit"
    assert await world.bench.texts(turn) == [school.NO_CREDIT]


async def test_many_voice_notes_at_once_overshoot_nothing(world: World) -> None:
    """Credit for the worst case of some of them: those are heard, paid, and kept; no account goes below."""
    costly(world, client_dollars="0.0006")
    turn = await world.bench.turn(*[await world.sends("audio") for _ in range(2 * MOST_AT_ONCE)])
    for _ in range(4):
        await world.desk(ScriptedModel(listo)).take(turn.id)
        await world.bench.expire(turn)
    rows = await world.rows(turn)
    paid = sum((row.cost_usd or Decimal(0) for row in rows), Decimal(0))
    assert (await world.bench.now(turn)).reason == "no_credit"
    assert len(rows) == len(await world.heard()) > 0
    assert await balance(world) == (Decimal("0.0006") - paid, Decimal(0))
    await credit.assert_books_agree(world.bench.store)


@pytest.mark.parametrize("before", [True, False], ids=["before the commit", "after the commit"])
async def test_what_is_paid_for_hearing_is_what_was_stored_wherever_an_agent_dies(world: World, before: bool) -> None:
    costly(world, client_dollars=1)
    border, spent = 1, Decimal(0)
    while await crash_and_resume(world, border, before=before):
        border += 1
    async with world.bench.store.transaction() as tx:
        found = await tx.connection.execute(
            text("SELECT sum(cost_usd) FROM media WHERE client = :client"),
            {"client": world.bench.client.name},
        )
        spent = found.scalar_one()
    await release_abandoned(world.bench.store)
    assert await balance(world) == (1 - spent, Decimal(0))
    assert border > 6, "two more than without credit"
    await credit.assert_books_agree(world.bench.store)
