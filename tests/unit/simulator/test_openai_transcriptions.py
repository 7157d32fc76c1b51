"""Sound becomes words over the real SDK: scripted or by rule, strictly asked for, billed, and failing on order."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import openai
import pytest

from services.simulator.graph.samples import samples
from services.simulator.openai.brain import reply_to
from services.simulator.openai.chat import ChatCompletions
from tests.unit.simulator.openai_bodies import chat, user
from tests.unit.simulator.openai_server import KEY, Running, running_stand_in

OGG = samples()["audio"][1]
PATH = "/openai/v1/audio/transcriptions"


@pytest.fixture(scope="module")
async def running() -> AsyncIterator[Running]:
    async with running_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(autouse=True)
def fresh(running: Running) -> None:
    running.stand_in.reset()


async def order(running: Running, *transcripts: dict[str, Any]) -> None:
    (await running.control.post("/transcripts", json={"transcripts": transcripts})).raise_for_status()


async def hear(running: Running, content: bytes = OGG, name: str = "voice.ogg", **more: Any) -> Any:
    async with running.client() as client:
        file = (name, content, "audio/ogg")
        return await client.audio.transcriptions.create(model="gpt-transcribe", file=file, **more)


async def test_a_scripted_transcript_is_given_once_and_billed_by_length(running: Running) -> None:
    await order(running, {"text": "hola"}, {"text": "chau", "usage": "tokens"})
    first = await hear(running, languages=["es", "en"], keywords=["Emprendemy"], response_format="json")
    assert (first.text, first.usage.type, first.usage.seconds) == ("hola", "duration", 1.0)
    assert [language.code for language in first.languages] == ["es"]
    second = await hear(running)
    assert (second.text, second.usage.type, second.usage.input_tokens) == ("chau", "tokens", 10)
    (asked, _) = await running.requests()
    assert asked["body"]["languages[]"] == ["es", "en"]
    assert asked["body"]["keywords[]"] == ["Emprendemy"]
    assert (asked["body"]["file"]["name"], asked["body"]["file"]["bytes"]) == ("voice.ogg", len(OGG))


async def test_the_same_sound_is_always_heard_alike(running: Running) -> None:
    first, again = await hear(running), await hear(running)
    assert first.text == again.text
    assert (await hear(running, languages=["en"])).text != first.text


async def test_a_transcript_may_belong_to_one_file(running: Running) -> None:
    await order(running, {"text": "solo aquel", "sha256": "0" * 64}, {"text": "cualquiera"})
    assert (await hear(running)).text == "cualquiera"


FIELDS: dict[str, Any] = {"model": "gpt-transcribe"}


@pytest.mark.parametrize(
    ("fields", "name", "content", "status", "code"),
    [
        ({}, "a.ogg", OGG, 400, "missing_required_parameter"),
        ({"model": "gpt-6-luna"}, "a.ogg", OGG, 404, "model_not_found"),
        (FIELDS, "a.opus", OGG, 400, "invalid_value"),
        (FIELDS, "voice", OGG, 400, "invalid_value"),
        (FIELDS, "a.ogg", b"no sound", 400, "invalid_value"),
        (FIELDS, "a.ogg", b"", 400, "invalid_value"),
        (FIELDS | {"response_format": "srt"}, "a.ogg", OGG, 400, "unsupported_value"),
        (FIELDS | {"languages[]": "spanish"}, "a.ogg", OGG, 400, "invalid_value"),
        (FIELDS | {"detail": "high"}, "a.ogg", OGG, 400, "unknown_parameter"),
        ({"model": "whisper-1", "keywords[]": "a"}, "a.ogg", OGG, 400, "unsupported_parameter"),
    ],
)
async def test_what_openai_would_refuse_is_refused(
    running: Running, fields: dict[str, str], name: str, content: bytes, status: int, code: str
) -> None:
    async with httpx.AsyncClient(base_url=running.origin, headers={"Authorization": f"Bearer {KEY}"}) as http:
        answer = await http.post(PATH, data=fields, files={"file": (name, content, "audio/ogg")})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_a_body_that_is_no_form_and_a_missing_file_are_refused(running: Running) -> None:
    async with httpx.AsyncClient(base_url=running.origin, headers={"Authorization": f"Bearer {KEY}"}) as http:
        assert (await http.post(PATH, json=FIELDS)).status_code == 400
        answer = await http.post(PATH, data=FIELDS, files={"other": ("a", b"")})
    assert answer.status_code == 400


async def test_a_wrong_key_is_refused(running: Running) -> None:
    async with running.client("sk-wrong") as client:
        with pytest.raises(openai.AuthenticationError):
            await client.audio.transcriptions.create(model="gpt-transcribe", file=("a.ogg", OGG, "audio/ogg"))


async def test_a_fault_may_meet_transcriptions_alone(running: Running) -> None:
    await running.fail({"kind": "outage", "times": 1, "on": "transcriptions"})
    async with running.client() as client:
        await client.models.list()
        answered = await client.chat.completions.create(model="gpt-6-luna", messages=[{"role": "user", "content": "a"}])
        assert answered.choices
    with pytest.raises(openai.InternalServerError):
        await hear(running)
    assert (await hear(running)).text


def test_the_rules_answer_what_a_voice_note_says() -> None:
    spoken = "[Nota de voz, transcripta: «Hola, quería saber qué cursos de marketing tienen.»]"
    reply = reply_to(ChatCompletions().read(chat(user(spoken))).conversation)
    (call,) = reply.calls
    assert "marketing" in call.arguments
    heard = reply_to(ChatCompletions().read(chat(user("[Nota de voz, transcripta: «Gracias»]"))).conversation)
    assert heard.text is not None
    assert "Escuché tu audio" in heard.text
    assert "De nada" in heard.text
