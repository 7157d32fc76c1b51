"""Pictures inside a request, on both endpoints: what is taken, what is refused, and what the rules say of one."""

import base64
from typing import Any

import pytest

from services.simulator.graph.samples import samples
from services.simulator.openai.brain import reply_to
from services.simulator.openai.chat import ChatCompletions
from services.simulator.openai.errors import ApiError
from services.simulator.openai.images import without_pictures
from services.simulator.openai.responses import Responses
from tests.unit.simulator.openai_bodies import chat, responses

PNG = samples()["image"][1]


def data_url(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"


def in_chat(url: str, text: str = "mirá", **more: Any) -> Any:
    parts = [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": url, **more}}]
    return ChatCompletions().read(chat({"role": "user", "content": parts}))


def in_responses(url: str, text: str = "mirá", **more: Any) -> Any:
    parts = [{"type": "input_text", "text": text}, {"type": "input_image", "image_url": url, **more}]
    return Responses().read(responses({"role": "user", "content": parts}))


ENDPOINTS = pytest.mark.parametrize("ask", [in_chat, in_responses])


@ENDPOINTS
def test_a_picture_is_seen_and_its_bytes_are_no_text(ask: Any) -> None:
    asked = ask(data_url(PNG), detail="auto")
    assert asked.conversation.burst() == ("mirá", "[image seen: PNG 32×32]")
    assert data_url(PNG) not in asked.prompt
    assert ask("https://example.org/a.jpg").conversation.burst()[1] == "[image seen]"


@ENDPOINTS
@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://example.org/a.png", "invalid_image_url"),
        ("file:///etc/hosts", "invalid_image_url"),
        (data_url(b"%PDF-1.7", "application/pdf"), "unsupported_image_media_type"),
        (data_url(b"", "image/png"), "empty_image_file"),
        ("data:image/png;base64,%%%", "invalid_base64_image"),
        (data_url(PNG, "image/jpeg"), "image_parse_error"),
    ],
)
def test_what_no_model_could_look_at_is_refused(ask: Any, url: str, code: str) -> None:
    with pytest.raises(ApiError) as caught:
        ask(url)
    assert caught.value.body["error"]["code"] == code
    assert "image_url" in str(caught.value.body["error"]["param"])


@ENDPOINTS
def test_an_unknown_detail_is_refused(ask: Any) -> None:
    with pytest.raises(ApiError) as caught:
        ask(data_url(PNG), detail="sharp")
    assert caught.value.body["error"]["code"] == "invalid_value"


def test_only_pictures_are_left_out_of_what_is_counted() -> None:
    kept = {"role": "user", "content": ["data:text/plain;base64,AAAA", 7]}
    assert without_pictures(kept) == kept


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("[Imagen; va adjunta]", "Ya vi tu imagen"),
        ("Hello, how are you?\n[Image; attached]", "I have seen your picture"),
    ],
)
def test_the_rules_say_that_they_have_seen_it(line: str, answer: str) -> None:
    text = reply_to(in_chat(data_url(PNG), line).conversation).text or ""
    assert answer in text
    assert "no la pude ver" not in text
    assert "could not see" not in text
