"""One line and a few numbers for each webhook, and nothing in them about a person."""

import json

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from tests.support.ingress import GENERIC, Ingress
from tests.support.whatsapp import WA_ID, recorded, webhook


def count(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def test_each_webhook_is_one_line_without_texts_or_numbers(emprendemy: Ingress) -> None:
    body = recorded("messages/text")
    body["entry"] += recorded("statuses/read")["entry"]
    with capture_logs() as lines:
        assert await emprendemy.post(body) == 200
    (line,) = [line for line in lines if line["event"] == "webhook"]
    assert (line["outcome"], line["clients"]) == ("accepted", ["emprendemy"])
    assert line["events"] == {"message.received": 1, "receipt.received": 1}
    assert len(line["ids"]) == 2
    assert line["milliseconds"] > 0
    told = json.dumps(lines)
    for private in ("café", "caf\\u00e9", WA_ID, "5555", "Ana", "wamid"):
        assert private not in told


@pytest.mark.parametrize(
    ("body", "secret", "path", "outcome"),
    [
        (b"{", "made-up-secret", GENERIC, "malformed"),
        (b"{}", "wrong", GENERIC, "unsigned"),
        (b"{}", "made-up-secret", GENERIC + "/nobody", "unknown_client"),
        (b"x" * (5 << 20), "made-up-secret", GENERIC, "too_large"),
    ],
)
async def test_refusals_are_told_too(emprendemy: Ingress, body: bytes, secret: str, path: str, outcome: str) -> None:
    with capture_logs() as lines:
        await emprendemy.post(body, secret=secret, path=path)
    assert [line["outcome"] for line in lines if line["event"] == "webhook"] == [outcome]


async def test_webhooks_and_events_are_counted(emprendemy: Ingress) -> None:
    accepted = {"client": "emprendemy", "outcome": "accepted"}
    received = {"client": "emprendemy", "event": "receipt.received"}
    before = count("remanso_ingress_webhooks_total", **accepted), count("remanso_ingress_events_total", **received)
    status = {"id": "wamid.OUT", "status": "read", "timestamp": "1790000000"}
    assert await emprendemy.post(webhook(statuses=[status, status])) == 200
    after = count("remanso_ingress_webhooks_total", **accepted), count("remanso_ingress_events_total", **received)
    assert after == (before[0] + 1, before[1] + 2)
    assert count("remanso_ingress_webhook_seconds_count", outcome="accepted") >= 1
