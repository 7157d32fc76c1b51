"""The ways Graph fails, as a sender sees them on the wire, and what has happened behind them."""

import asyncio
import time

import httpx
import pytest

from tests.support.waiting import eventually
from tests.unit.simulator.graph_server import ANA, BRUNO, Stage, said


async def out(stage: Stage) -> list[str]:
    """Texts the stand-in took for sending to Ana."""
    return [entry["text"] for entry in await stage.conversation() if entry["direction"] == "out"]


@pytest.fixture(autouse=True)
async def open_window(stage: Stage) -> None:
    await stage.open_window()
    await stage.open_window(BRUNO)


async def test_a_code_is_refused_as_often_as_ordered(stage: Stage) -> None:
    await stage.fail("code", times=2, code=131056, http=429)
    answers = [await stage.say() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].json()["error"]["code"] == 131056
    assert await out(stage) == ["hola"]


async def test_an_expired_token_until_cleared(stage: Stage) -> None:
    await stage.fail("token_expired", times=None)
    for _ in range(3):
        answer = await stage.say()
        assert (answer.status_code, answer.json()["error"]["error_subcode"]) == (401, 463)
    await stage.order("graph/faults", "DELETE")
    assert (await stage.say()).status_code == 200


async def test_a_proxy_answers_html(stage: Stage) -> None:
    await stage.fail("http", http=502)
    answer = await stage.say()
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert await out(stage) == []


async def test_a_failure_told_later(stage: Stage) -> None:
    await stage.fail("failed", code=131026)
    assert (await stage.say(biz_opaque_callback_data="d-5")).status_code == 200
    [status] = await stage.endpoint.told(1)
    assert (status["errors"][0]["code"], status["biz_opaque_callback_data"]) == (131026, "d-5")


@pytest.mark.parametrize(("kind", "taken"), [("timeout_before", False), ("timeout_after", True)])
async def test_no_answer(stage: Stage, kind: str, taken: bool) -> None:
    await stage.fail(kind)
    with pytest.raises(httpx.ReadTimeout):
        await stage.post({**said(), "biz_opaque_callback_data": "d-6"}, timeout=0.3)
    assert (await out(stage) == ["hola"]) is taken
    request = (await stage.see("graph/requests"))[0]
    assert (request["status"], request["accepted"], request["wamid"] is not None) == (None, taken, taken)
    if taken:
        assert {status["biz_opaque_callback_data"] for status in await stage.endpoint.told(3)} == {"d-6"}


async def test_clearing_the_faults_cuts_who_still_waits(stage: Stage) -> None:
    await stage.fail("timeout_after")
    waiting = asyncio.create_task(stage.post(said(), timeout=20))
    await eventually(lambda: bool(stage.simulator.graph.requests) and stage.simulator.graph.requests[0].accepted)
    await stage.order("graph/faults", "DELETE")
    with pytest.raises(httpx.ReadError):
        await waiting


@pytest.mark.parametrize(("kind", "taken"), [("reset_before", False), ("reset_after", True)])
async def test_a_reset_connection(stage: Stage, kind: str, taken: bool) -> None:
    await stage.fail(kind)
    with pytest.raises(httpx.ReadError):
        await stage.say()
    assert (await out(stage) == ["hola"]) is taken


async def test_slow(stage: Stage) -> None:
    await stage.fail("slow", seconds=0.3)
    began = time.monotonic()
    assert (await stage.say()).status_code == 200
    assert time.monotonic() - began >= 0.3


async def test_a_fault_for_one_contact_spares_the_others(stage: Stage) -> None:
    await stage.fail("http", times=None, to=ANA)
    assert [(await stage.say()).status_code, (await stage.say(to=BRUNO)).status_code] == [503, 200]


async def test_read_receipts_do_not_use_up_the_faults_of_messages(stage: Stage) -> None:
    await stage.fail("http")
    wamid = (await stage.conversation())[0]["wamid"]
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
    assert (await stage.post(read)).status_code == 200
    assert (await stage.say()).status_code == 503
    await stage.fail("http", on="reads")
    assert [(await stage.say()).status_code, (await stage.post(read)).status_code] == [200, 503]


async def test_faults_come_one_per_request_in_order(stage: Stage) -> None:
    faults = [{"kind": "code", "code": code, "times": 1} for code in (131000, 130429)]
    await stage.order("graph/faults", faults=faults)
    assert [(await stage.say()).json()["error"]["code"] for _ in range(2)] == [131000, 130429]
    assert (await stage.say()).status_code == 200


async def test_a_fault_that_cannot_be_is_named(stage: Stage) -> None:
    for fault in ({"kind": "code"}, {"kind": "earthquake"}, {"kind": "slow", "second": 1}):
        answer = await stage.http.post("/control/graph/faults", json={"faults": [fault]})
        assert answer.status_code == 422
