"""The simulator against samples written down from Meta's docs: each kind is taken, each one broken is not."""

import json
from typing import Any

import pytest

from services.simulator.graph.refusals import Refusal
from services.simulator.graph.rules import Send, read_request

ENVELOPE = {"messaging_product": "whatsapp", "recipient_type": "individual", "to": "+15550199999"}
SAMPLES = """
{"type":"text","text":{"preview_url":false,"body":"Hello"},"context":{"message_id":"wamid.MADEUP1"},"biz_opaque_callback_data":"out-42"}
{"type":"image","image":{"id":"700000000000009","caption":"optional"}}
{"type":"video","video":{"link":"https://cdn.example/v.mp4","caption":"optional"}}
{"type":"audio","audio":{"id":"700000000000010","voice":true}}
{"type":"document","document":{"link":"https://cdn.example/a.pdf","filename":"a.pdf","caption":"optional"}}
{"type":"sticker","sticker":{"id":"700000000000011"}}
{"type":"location","location":{"latitude":"10.5","longitude":"-20.25","name":"Shop","address":"1 Made Up St"}}
{"type":"contacts","contacts":[{"name":{"formatted_name":"Bo X","first_name":"Bo"},"phones":[{"phone":"+15550100002","type":"WORK"}]}]}
{"type":"reaction","reaction":{"message_id":"wamid.MADEUP1","emoji":"\\ud83d\\udc4d"}}
{"type":"interactive","interactive":{"type":"button","header":{"type":"text","text":"H"},"body":{"text":"Pick"},"footer":{"text":"F"},"action":{"buttons":[{"type":"reply","reply":{"id":"yes","title":"Yes"}}]}}}
{"type":"interactive","interactive":{"type":"list","body":{"text":"Pick"},"action":{"button":"Open","sections":[{"title":"S1","rows":[{"id":"r1","title":"Row","description":"opt"}]}]}}}
{"type":"interactive","interactive":{"type":"cta_url","body":{"text":"See"},"action":{"name":"cta_url","parameters":{"display_text":"Open","url":"https://shop.example/x"}}}}
{"type":"interactive","interactive":{"type":"location_request_message","body":{"text":"Where are you?"},"action":{"name":"send_location"}}}
{"type":"interactive","interactive":{"type":"request_contact_info","body":{"text":"Share your number?"},"action":{"name":"request_contact_info"}}}
{"type":"interactive","interactive":{"type":"flow","body":{"text":"Form"},"action":{"name":"flow","parameters":{"flow_message_version":"3","flow_id":"300000001","flow_token":"t1","flow_cta":"Start","flow_action":"navigate","flow_action_payload":{"screen":"FIRST"}}}}}
{"type":"template","template":{"name":"order_ready","language":{"code":"en_US"},"components":[{"type":"header","parameters":[{"type":"image","image":{"id":"700000000000012"}}]},{"type":"body","parameters":[{"type":"text","text":"Ana"},{"type":"text","text":"A-17"}]},{"type":"button","sub_type":"url","index":"0","parameters":[{"type":"text","text":"A-17"}]},{"type":"button","sub_type":"quick_reply","index":"1","parameters":[{"type":"payload","payload":"CONFIRM"}]}]}}
"""  # noqa: E501
BODIES = [ENVELOPE | json.loads(line) for line in SAMPLES.strip().splitlines()]
NAMES = [body.get("interactive", body).get("type", body["type"]) for body in BODIES]


@pytest.mark.parametrize("body", BODIES, ids=NAMES)
def test_taken_as_the_docs_write_it(body: dict[str, Any]) -> None:
    assert isinstance(read_request(body), Send)


@pytest.mark.parametrize("body", BODIES, ids=NAMES)
def test_an_unknown_key_or_a_missing_content_is_refused(body: dict[str, Any]) -> None:
    content = body[body["type"]]
    stranger = [content[0] | {"strange": 1}] if isinstance(content, list) else content | {"strange": 1}
    for broken in (body | {body["type"]: stranger}, {key: body[key] for key in body if key != body["type"]}):
        with pytest.raises(Refusal):
            read_request(broken)
