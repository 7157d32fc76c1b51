"""Templates, numbers and accounts as Graph shows them, and what the simulator tells when a test moves them."""

from typing import Any

import pytest

from tests.unit.simulator.graph_server import ANA, NUMBER, TOKEN, Stage

ACCOUNT = "900000000000001"
BODY = {"type": "BODY", "text": "Hola {{1}}, tu pedido está.", "example": {"body_text": [["Ana"]]}}
NEW = {"name": "order_ready", "language": "es_AR", "category": "UTILITY", "components": [BODY]}
FULL: dict[str, Any] = {
    "name": "full",
    "language": "es_AR",
    "body": "Hola {{who}}, va {{what}}.",
    "header_format": "IMAGE",
    "buttons": [
        {"type": "URL", "text": "Ver", "url": "https://shop.example/{{1}}"},
        {"type": "QUICK_REPLY", "text": "Dale"},
    ],
}


async def get(stage: Stage, path: str, **query: Any) -> tuple[int, Any]:
    answer = await stage.http.get(f"/graph/v25.0/{path}", params=query, headers={"Authorization": f"Bearer {TOKEN}"})
    return answer.status_code, answer.json()


async def test_templates_come_page_by_page(stage: Stage) -> None:
    await stage.order("graph/templates", templates=[{"name": f"t{n}", "language": "en", "body": "x"} for n in range(7)])
    seen: list[str] = []
    after: dict[str, str] = {}
    for _ in range(4):
        _, page = await get(stage, f"{ACCOUNT}/message_templates", limit=3, fields="name,status", **after)
        seen += [one["name"] for one in page["data"]]
        assert all(set(one) == {"id", "name", "status"} for one in page["data"])
        if "next" not in page["paging"]:
            break
        after = {"after": page["paging"]["cursors"]["after"]}
    assert sorted(seen) == sorted(["hello_world", *(f"t{n}" for n in range(7))])
    assert (await get(stage, f"{ACCOUNT}/message_templates", after="x"))[1]["error"]["code"] == 131059
    assert (await get(stage, "123/message_templates"))[0] == 400


async def test_a_new_one_waits_for_approval(stage: Stage) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    path = f"/graph/v25.0/{ACCOUNT}/message_templates"
    made = (await stage.http.post(path, json=NEW, headers=headers)).json()
    assert (made["status"], made["category"]) == ("PENDING", "UTILITY")
    sent = {"messaging_product": "whatsapp", "to": ANA, "type": "template"}
    sent["template"] = {"name": "order_ready", "language": {"code": "es_AR"}}  # type: ignore[assignment]
    assert (await stage.post(sent)).json()["error"]["code"] == 132001
    assert (await stage.http.post(path, json=NEW, headers=headers)).status_code == 400
    starts = NEW | {"name": "bad", "components": [{"type": "BODY", "text": "{{1}} hola"}]}
    assert (await stage.http.post(path, json=starts, headers=headers)).json()["error"]["code"] == 2388299


async def test_numbers_and_accounts_show_the_fields_asked_for(stage: Stage) -> None:
    await stage.order("graph/numbers/news", phone_number_id=NUMBER, rating={"quality_rating": "RED"})
    _, page = await get(stage, f"{ACCOUNT}/phone_numbers", fields="id,quality_rating,display_phone_number")
    assert page["data"] == [{"id": NUMBER, "quality_rating": "RED", "display_phone_number": "+54 9 11 5555-0101"}]
    assert (await get(stage, NUMBER, fields="whatsapp_business_manager_messaging_limit,status"))[1] == {
        "id": NUMBER, "status": "CONNECTED", "whatsapp_business_manager_messaging_limit": "TIER_2K"
    }  # fmt: skip
    assert (await get(stage, NUMBER, fields="shoe_size"))[1]["error"]["code"] == 100
    assert (await get(stage, ACCOUNT, fields="account_review_status"))[1]["account_review_status"] == "APPROVED"


async def test_what_happens_is_told_by_webhook(stage: Stage) -> None:
    news = {"name": "hello_world", "language": "en_US"}
    await stage.order("graph/templates/news", **news, event="PAUSED", reason="NONE", at=1790000000, repeat=2)
    await stage.order("graph/templates/news", **news, quality="RED", category="MARKETING")
    quality = {"event": "ONBOARDING", "max_daily_conversations_per_business": "TIER_10K"}
    await stage.order("graph/numbers/news", phone_number_id=NUMBER, field="phone_number_quality_update", value=quality)
    told = list(stage.endpoint.values())
    assert [one["event"] for one in told if "event" in one] == ["PAUSED", "PAUSED", "ONBOARDING"]
    assert [one["new_quality_score"] for one in told if "new_quality_score" in one] == ["RED"]
    assert [one["new_category"] for one in told if "new_category" in one] == ["MARKETING"]
    assert told[-1]["display_phone_number"] == "5491155550101"
    (shown,) = [one for one in await stage.see("graph/templates") if one["account"] == ACCOUNT]
    assert (shown["status"], shown["category"], shown["quality_score"]["score"]) == ("PAUSED", "MARKETING", "RED")


def filled(**changes: Any) -> dict[str, Any]:
    names = ({"type": "text", "parameter_name": name, "text": "x"} for name in ("who", "what"))
    parts = {
        "header": {"type": "header", "parameters": [{"type": "image", "image": {"link": "https://cdn.example/i.png"}}]},
        "body": {"type": "body", "parameters": list(names)},
        "url": {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"type": "text", "text": "a"}]},
        "tap": {
            "type": "button",
            "sub_type": "quick_reply",
            "index": "1",
            "parameters": [{"type": "payload", "payload": "GO"}],
        },
    } | changes
    template = {"name": "full", "language": {"code": "es_AR"}, "components": [part for part in parts.values() if part]}
    return {"messaging_product": "whatsapp", "to": ANA, "type": "template", "template": template}


UNKNOWN_IMAGE = {"type": "header", "parameters": [{"type": "image", "image": {"id": "1"}}]}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, None),
        ({"tap": None}, None),
        ({"header": None}, 132000),
        ({"header": {"type": "header", "parameters": [{"type": "text", "text": "x"}]}}, 132012),
        ({"header": UNKNOWN_IMAGE}, 100),
        ({"body": {"type": "body", "parameters": [{"type": "text", "text": "x"}] * 2}}, 100),
        ({"url": None}, 131008),
        ({"url": {"type": "button", "sub_type": "quick_reply", "index": "0", "parameters": []}}, 132012),
        ({"url": {"type": "button", "parameters": []}}, 100),
        ({"more": {"type": "button", "sub_type": "url", "index": "7", "parameters": []}}, 132012),
    ],
)
async def test_a_template_is_filled_as_it_was_approved(stage: Stage, changes: dict[str, Any], code: int | None) -> None:
    await stage.order("graph/templates", templates=[FULL])
    answer = (await stage.post(filled(**changes))).json()
    assert answer.get("error", {}).get("code") == code
