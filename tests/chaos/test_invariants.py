"""Each invariant sees what it is there to see: a small wave without fault, and one fault at a time."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.chaos.evidence import Evidence, Row
from tests.chaos.invariants import lost_answers, violations
from tests.chaos.world import RECONCILE_SECONDS
from tests.support.play import SHOP


@dataclass
class Somebody:
    """What the judges want to know of a part."""

    wa_id: str = "5491100001000"
    mark: str = "m1p0e"
    channel: str = SHOP
    taken_over_at: float | None = None
    echoes: tuple[str, ...] = ()
    reports: bool = False
    unattended: bool = False
    joined: bool = False


def at(seconds: float) -> str:
    return f"2026-11-22T12:00:{seconds:09.6f}+00:00"


BEGAN = 1795348800.0
"""12:00 of that day in Unix seconds."""


def status_post(when: float, wamid: str = "wamid.OUT", status: str = "sent") -> Row:
    value = {"metadata": {"phone_number_id": SHOP}, "statuses": [{"id": wamid, "status": status}]}
    return post(when, value)


def post(when: float, value: Row) -> Row:
    webhook = {"entry": [{"changes": [{"field": "messages", "value": value}]}]}
    return {"at": BEGAN + when, "status": 200, "body": json.dumps(webhook)}


def flawless() -> Evidence:
    """One message, booked and answered."""
    text = {"text": "Listo m1p0e", "type": "text"}
    ids = {"conversation_id": "C", "turn_id": "T"}
    message = {"metadata": {"phone_number_id": SHOP}, "messages": [{"id": "wamid.IN"}]}
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 2}}
    return Evidence(
        parts=[Somebody()],  # type: ignore[list-item]
        posts=[post(1, message), status_post(6)],
        graph=[
            {"to": "5491100001000", "pnid": SHOP, "at": BEGAN + 5, "accepted": True, "callback": "D",
             "wamid": "wamid.OUT", "payload": {"text": {"body": text["text"]}}},
        ],
        model=[
            {"at": BEGAN + 3, "client_request_id": "T/1/1", "request_id": "req_1", "status": 200,
             "body": "hola m1p0e", "response": {"usage": usage}},
        ],
        heard=[{"at": BEGAN + 2, "client_request_id": "M1/1", "request_id": "req_h", "status": 200,
                "response": {"text": "hola m1p0e", "usage": {"type": "duration", "seconds": 2.0}}}],
        ledger=["book m1p0e T:K"],
        dead_letters=0,
        conversations=[{"id": "C", "reply_wa_id": "5491100001000", "epoch": 0, "mode": "bot",
                        "handoff_reason": None, "nobody_came_at": None}],
        messages=[
            {**ids, "id": "M1", "wamid": "wamid.IN", "author": "contact", "content": {"kind": "audio"}, "fate": "turn",
             "drop_reason": None, "position": 1, "sent_at": at(1)},
            {**ids, "id": "M2", "wamid": None, "author": "bot", "content": {"kind": "text"}, "fate": None,
             "drop_reason": None, "position": 2, "sent_at": at(4)},
        ],
        turns=[{"id": "T", "conversation_id": "C", "number": 1, "state": "answered", "reason": None, "attempt": 1,
                "absorptions": 0, "epoch": 0, "nobody_came": False}],
        steps=[{"id": "S", "turn_id": "T", "number": 1, "attempt": 1, "request_id": "req_1", "created_at": at(4),
                "outcome": "kept",
                "input_tokens": 10, "output_tokens": 5, "cached_tokens": 2, "cost_usd": 0.00000332}],
        media=[{"turn_id": "T", "message_id": "M1", "kind": "audio", "state": "heard", "reason": None, "attempt": 1,
                "transcript": "hola m1p0e", "request_id": "req_h", "audio_seconds": 2.0, "created_at": at(2.5)}],
        calls=[{"turn_id": "T", "call_id": "K", "effect": "write", "name": "book_seat", "state": "done",
                "attempt": 1, "result": '{"ok": true}'}],
        deliveries=[{**ids, "id": "D", "position": 1, "kind": "answer", "state": "sent", "reason": None,
                     "resends": 0, "epoch": 0, "payload": text, "wamid": "wamid.OUT"}],
        receipts=[{"wamid": "wamid.OUT", "status": "sent", "created_at": at(6.1)}],
        credit=[
            {"turn_id": "T", "step": step, "message_id": message, "attempt": 1, "account_id": account, "kind": kind,
             "amount": amount}
            for account in ("A", "B") for step, message, cost in ((1, None, 0.00000332), (0, "M1", 0.00015))
            for kind, amount in (("reserve", 0.01), ("settle", cost))
        ],
        reports=[],
        left_behind=[],
    )  # fmt: skip


def again(rows: Any, **changes: Any) -> None:
    """One more row like the last."""
    rows.append(deepcopy(rows[-1]) | changes)


def _second_part_first(evidence: Any) -> None:
    again(evidence.deliveries, id="D2", position=2)
    again(evidence.graph, callback="D2", wamid="wamid.OUT2")
    evidence.graph.reverse()


def _sent_again(evidence: Any, *, after: float, told_at: float = 6, counted: int = 1) -> None:
    evidence.deliveries[0]["resends"] = counted
    evidence.posts[1]["at"] = BEGAN + told_at
    evidence.receipts[0]["created_at"] = at(told_at + 0.1)
    again(evidence.graph, wamid="wamid.OUT2", at=BEGAN + 5 + after)


def _taken_over_before(evidence: Any) -> None:
    evidence.conversations[0]["epoch"] = 1
    evidence.parts[0].taken_over_at = BEGAN - 3600  # longer ago than any call takes, on the slowest machine


def _ended_before_it_began(evidence: Any) -> None:
    evidence.turns[0]["state"] = "cancelled"
    evidence.steps[0]["outcome"] = "discarded"


def _nobody_came(evidence: Any, *, told: bool = True, **changes: Any) -> None:
    marked = {"handoff_reason": "pide una persona", "nobody_came_at": at(0.5)}
    evidence.conversations[0].update(marked | changes)
    evidence.turns[0]["nobody_came"] = told


FAULTS: list[tuple[str, Callable[[Any], object]]] = [
    ("every_webhook_is_stored_once", lambda e: e.messages.pop(0)),
    ("every_webhook_is_stored_once", lambda e: again(e.messages, wamid="wamid.IN")),
    ("every_webhook_is_stored_once", lambda e: e.receipts.clear()),
    ("every_message_has_its_end", lambda e: e.messages[0].update(fate=None)),
    ("every_message_has_its_end", lambda e: e.messages[0].update(fate="dropped")),
    ("every_message_has_its_end", lambda e: e.messages[0].update(fate="feedback")),
    ("every_message_has_its_end", lambda e: e.messages[0].update(fate="human", turn_id=None)),
    ("every_message_has_its_end", _ended_before_it_began),
    ("nobody_waits_in_vain", lambda e: _nobody_came(e, handoff_reason=None)),
    ("nobody_waits_in_vain", lambda e: _nobody_came(e, mode="human")),
    ("nobody_waits_in_vain", lambda e: _nobody_came(e, told=False)),
    ("nobody_waits_in_vain", lambda e: setattr(e.parts[0], "unattended", True)),
    ("every_turn_is_answered", lambda e: e.turns[0].update(state="open")),
    ("every_turn_is_answered", lambda e: e.turns[0].update(state="failed")),
    ("every_turn_is_answered", lambda e: e.deliveries[0].update(state="failed")),
    ("every_turn_is_answered", lambda e: e.deliveries[0].update(kind="fallback")),
    ("no_part_goes_out_twice", lambda e: again(e.graph, wamid="wamid.OUT2")),
    ("no_part_goes_out_twice", lambda e: _sent_again(e, after=RECONCILE_SECONDS + 1, counted=0, told_at=30)),
    ("no_part_goes_out_twice", lambda e: _sent_again(e, after=RECONCILE_SECONDS - 1, told_at=30)),
    ("no_part_goes_out_twice", lambda e: _sent_again(e, after=RECONCILE_SECONDS + 1)),
    ("no_part_goes_out_twice", lambda e: e.graph[0].update(callback="nobody's")),
    ("no_part_goes_out_twice", lambda e: e.deliveries[0].update(state="cancelled")),
    ("no_part_goes_out_twice", lambda e: again(e.deliveries, id="D2", wamid="wamid.ELSEWHERE")),
    ("order_is_kept", _second_part_first),
    ("order_is_kept", lambda e: e.messages[1].update(position=3)),
    ("order_is_kept", lambda e: e.turns[0].update(number=2)),
    ("no_write_tool_runs_twice", lambda e: e.ledger.append(e.ledger[0])),
    ("no_write_tool_runs_twice", lambda e: e.ledger.clear()),
    ("no_write_tool_runs_twice", lambda e: e.calls[0].update(state="pending")),
    ("no_step_is_paid_twice", lambda e: e.steps[0].update(input_tokens=11)),
    ("no_step_is_paid_twice", lambda e: again(e.steps, number=2)),
    ("no_step_is_paid_twice", lambda e: again(e.model, request_id="req_2", at=BEGAN + 9)),
    ("every_sound_is_heard_once", lambda e: e.media.clear()),
    ("every_sound_is_heard_once", lambda e: e.media[0].update(state="failed")),
    ("every_sound_is_heard_once", lambda e: e.media[0].update(transcript="hola m1p1e")),
    ("every_sound_is_heard_once", lambda e: e.media[0].update(request_id="req_1")),
    ("every_sound_is_heard_once", lambda e: e.media[0].update(audio_seconds=3.0)),
    ("every_sound_is_heard_once", lambda e: again(e.heard, request_id="req_i", at=BEGAN + 3)),
    ("credit_is_what_was_billed", lambda e: e.media.clear()),
    ("credit_is_what_was_billed", lambda e: e.credit[3].update(amount=0.0002)),
    ("credit_is_what_was_billed", lambda e: e.credit.pop()),
    ("credit_is_what_was_billed", lambda e: e.credit[1].update(amount=0.003)),
    ("credit_is_what_was_billed", lambda e: e.credit[1].update(kind="release")),
    ("credit_is_what_was_billed", lambda e: again(e.credit)),
    ("credit_is_what_was_billed", lambda e: e.credit[0].update(attempt=2)),
    ("credit_is_what_was_billed", lambda e: e.steps.clear()),
    ("turns_are_fenced", lambda e: again(e.steps, number=2, attempt=0)),
    ("turns_are_fenced", lambda e: e.model[0].update(client_request_id="T/2/1")),
    ("take_overs_are_respected", _taken_over_before),
    ("nothing_is_crossed", lambda e: e.graph[0]["payload"]["text"].update(body="Listo m1p3e")),
    ("nothing_is_crossed", lambda e: e.graph[0].update(to="5491100001003")),
    ("nothing_is_crossed", lambda e: e.graph[0].update(pnid="800000000000001")),
    ("nothing_is_crossed", lambda e: e.model[0].update(body="hola m1p0e m1p4e")),
    ("nothing_is_left_behind", lambda e: e.left_behind.append({"contact": "G", "what": "credit"})),
]  # fmt: skip


def test_a_flawless_wave_has_no_violation() -> None:
    assert violations(flawless()) == {}
    assert lost_answers(flawless()) == 0


@pytest.mark.parametrize(("invariant", "spoil"), FAULTS)
def test_a_fault_is_seen_by_its_invariant(invariant: str, spoil: Callable[[Any], object]) -> None:
    evidence = flawless()
    spoil(evidence)
    assert invariant in violations(evidence)


def test_what_a_person_said_on_the_own_phone_went_out_without_us() -> None:
    evidence: Any = flawless()
    again(evidence.deliveries, id="D2", wamid="wamid.ELSEWHERE")
    evidence.parts[0].echoes = ("wamid.ELSEWHERE",)
    assert violations(evidence) == {}


def test_who_was_missed_and_answered_is_no_violation() -> None:
    evidence: Any = flawless()
    _nobody_came(evidence)
    evidence.parts[0].unattended = True
    assert violations(evidence) == {}


def test_dead_letters_are_seen() -> None:
    assert "nothing_is_dead" in violations(replace(flawless(), dead_letters=1))


def test_a_second_sending_after_a_long_silence_is_no_violation() -> None:
    evidence = flawless()
    _sent_again(evidence, after=RECONCILE_SECONDS + 1, told_at=30)
    assert violations(evidence) == {}


def test_an_answer_lost_before_it_was_stored_is_counted() -> None:
    evidence: Any = flawless()
    again(evidence.model, request_id="req_0", at=BEGAN + 2)
    assert violations(evidence) == {}
    assert lost_answers(evidence) == 1
