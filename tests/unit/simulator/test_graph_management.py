"""What Graph does when a business sets itself up: tokens, the webhook's subscription, registering, templates."""

from typing import Any

import pytest

from tests.unit.simulator.graph_server import NUMBER, SECRET, TOKEN, VERIFY_TOKEN, Stage

ACCOUNT = "900000000000001"
APP = "700000000000001"


async def ask(stage: Stage, method: str, path: str, token: str = TOKEN, **how: Any) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"}
    answer = await stage.http.request(method, f"/graph/v25.0/{path}", headers=headers, **how)
    return answer.status_code, answer.json()


def code(answer: tuple[int, Any]) -> tuple[int, int]:
    return answer[0], answer[1]["error"]["code"]


async def test_a_token_is_looked_into_by_the_app_alone(stage: Stage) -> None:
    asked: dict[str, Any] = {"params": {"input_token": TOKEN}}
    assert code(await ask(stage, "GET", "debug_token", **asked)) == (401, 190)
    _, told = await ask(stage, "GET", "debug_token", f"{APP}|{SECRET}", **asked)
    assert (told["data"]["is_valid"], told["data"]["app_id"]) == (True, APP)
    assert "whatsapp_business_management" in told["data"]["scopes"]
    _, told = await ask(stage, "GET", "debug_token", f"{APP}|{SECRET}", params={"input_token": "another"})
    assert not told["data"]["is_valid"]


async def test_an_override_needs_a_subscription_and_a_verified_address(stage: Stage) -> None:
    subscribed, url = f"{ACCOUNT}/subscribed_apps", stage.simulator.post.url
    right = {"override_callback_uri": url, "verify_token": VERIFY_TOKEN}
    assert code(await ask(stage, "POST", subscribed, json=right)) == (400, 100)
    assert (await ask(stage, "POST", subscribed))[0] == 200
    assert code(await ask(stage, "POST", subscribed, json={**right, "verify_token": "wrong"})) == (400, 2200)
    _, found = await ask(stage, "GET", subscribed)
    assert "override_callback_uri" not in found["data"][0]
    assert (await ask(stage, "POST", subscribed, json=right))[0] == 200
    _, found = await ask(stage, "GET", subscribed)
    assert found["data"][0]["override_callback_uri"] == url
    await ask(stage, "POST", subscribed)
    _, found = await ask(stage, "GET", subscribed)
    assert "override_callback_uri" not in found["data"][0], "a plain subscription takes the override away"
    await ask(stage, "DELETE", subscribed)
    assert (await ask(stage, "GET", subscribed))[1] == {"data": []}


@pytest.mark.parametrize("wrong", [{"override_callback_uri": "ftp://x", "verify_token": "x"}, {"callback": "x"}])
async def test_a_subscription_refuses_what_meta_does_not_know(stage: Stage, wrong: Any) -> None:
    assert code(await ask(stage, "POST", f"{ACCOUNT}/subscribed_apps", json=wrong)) == (400, 100)
    assert code(await ask(stage, "POST", "1/subscribed_apps")) == (400, 100)


async def test_a_number_is_registered_with_its_own_pin(stage: Stage) -> None:
    stage.simulator.management.unregister(NUMBER, "123456")
    _, number = await ask(stage, "GET", NUMBER, params={"fields": "status"})
    assert number["status"] == "DISCONNECTED"
    wrong = {"messaging_product": "whatsapp", "pin": "654321"}
    assert code(await ask(stage, "POST", f"{NUMBER}/register", json=wrong)) == (400, 133005)
    assert (await ask(stage, "POST", f"{NUMBER}/register", json={**wrong, "pin": "123456"}))[0] == 200
    _, number = await ask(stage, "GET", NUMBER, params={"fields": "status"})
    assert number["status"] == "CONNECTED"


async def test_a_template_is_deleted_by_name_or_id(stage: Stage) -> None:
    await stage.order("graph/templates", templates=[{"name": "t", "language": "en", "body": "x"}])
    path = f"{ACCOUNT}/message_templates"
    assert code(await ask(stage, "DELETE", path, params={"name": "t", "hsm_id": "1"})) == (400, 100)
    assert (await ask(stage, "DELETE", path, params={"name": "t"}))[0] == 200
    assert [one["name"] for one in (await ask(stage, "GET", path))[1]["data"]] == ["hello_world"]
