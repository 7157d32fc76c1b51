"""Logplex's framing, read exactly or refused with a word on what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remanso.errors import BadInput
from services.collector.logplex import messages
from services.collector.sifting import sifted
from tests.support.apps import frame, line, said

ROUTER = (
    'at=error code=H12 desc="Request timeout" method=POST path="/webhooks/whatsapp?hub.verify_token=hush" '
    'host=x.example request_id=1 fwd="203.0.113.9" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0'
)


TEXT = st.characters(codec="utf-8", exclude_characters="\n")


@given(st.lists(st.text(TEXT, max_size=80), max_size=8))
def test_whatever_is_framed_is_read_again(texts: list[str]) -> None:
    found = messages(frame(*(said(text, dyno=f"worker.{number}") for number, text in enumerate(texts))), len(texts))
    assert [message.text for message in found] == texts
    assert [message.process for message in found] == [f"worker.{number}" for number in range(len(texts))]


@given(st.binary(max_size=200))
def test_garbage_is_refused_and_not_repeated(body: bytes) -> None:
    try:
        messages(body, None)
    except BadInput as problem:
        assert str(problem).isascii()


@pytest.mark.parametrize(
    ("body", "announced", "problem"),
    [
        (b"hello", 1, "message 1: its length in bytes and a space"),
        (b"99 <190>1 x", 1, "announced as 99 bytes, but the body ends before"),
        (b"0 ", 1, "a length of 0"),
        (b"9999999 x", 1, "a length of 9999999"),
        (frame("not syslog at all"), 1, "is no syslog message"),
        (frame(said("x", at="yesterday")), 1, "its time is no RFC 3339 time"),
        (frame(said("x", at="2026-11-28T12:00:00")), 1, "its time has no zone"),
        (frame(said("x")), 2, "Logplex-Msg-Count is 2, the body has 1"),
        (frame(said("x"))[:-1], 1, "but the body ends before"),
    ],
)
def test_what_cannot_be_read_is_named(body: bytes, announced: int, problem: str) -> None:
    with pytest.raises(BadInput, match=problem):
        messages(body, announced)


def sift(*lines: str) -> list[tuple[str, str, str, str]]:
    found = sifted(messages(frame(*lines), len(lines)))
    return [(each.kind, each.level, each.name, each.text) for each in found.lines]


def test_of_a_routers_line_neither_addresses_nor_queries_are_kept() -> None:
    assert sift(said(ROUTER, name="heroku", dyno="router")) == [
        ("heroku", "error", "H12", "Request timeout method=POST dyno=web.1 service=30000ms status=503")
    ]


def test_what_heroku_says_of_a_dyno() -> None:
    lines = (
        "Process exited with status 137",
        "State changed from up to crashed",
        "Error R14 (Memory quota exceeded)",
        "Process running mem=800M(156.2%)",
        "Error R15 (Memory quota vastly exceeded)",
        "Error L10 (output buffer overflow): 3 messages dropped since 2026-11-28T11:59:00+00:00.",
    )
    texts = [said(text, name="heroku", dyno="worker.1") for text in lines]
    assert [(level, name) for _, level, name, _ in sift(*texts)] == [
        ("state", "exited"),
        ("error", "state.crashed"),
        ("warning", "R14"),
        ("error", "R15"),
        ("warning", "L10"),
    ]
    assert sifted(messages(frame(*texts), None)).dynos == {"worker.1": "crashed"}
    one_off = said("State changed from up to crashed", name="heroku", dyno="release.1234")
    assert sifted(messages(frame(one_off), None)).dynos == {}


def test_our_lines_keep_what_says_why_and_no_long_number() -> None:
    kept = line("tool.failed", error="KeyError 5491155550199", conversation_id="c", client="shop")
    assert sift(kept, line("turn.worked", "info", client="shop"), said('{"event": 5}'), said("call 5491155550199")) == [
        ("ours", "error", "tool.failed", "error=KeyError … client=shop service=agent"),
        ("plain", "plain", "", '{"event": 5}'),
        ("plain", "plain", "", "call …"),
    ]


def test_an_error_that_is_repeated_is_counted_and_not_copied() -> None:
    found = sifted(messages(frame(*[line("model.failed")] * 500), None))
    assert len(found.lines) == 20
    assert found.troubles == {("ours", "model.failed", "error"): 500}
