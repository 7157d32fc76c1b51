"""What the environment and the command line say about a local stack."""

from pathlib import Path

import pytest

from fleet.local.environment import OPENAI, Addresses, Elsewhere, addresses
from fleet.local.settings import LocalSettings, parse_scale
from fleet.local.stack import LocalStack
from remanso.errors import ConfigurationError


def at_ports(elsewhere: Elsewhere) -> Addresses:
    return addresses(elsewhere, database_url="postgresql://d", amqp_url="amqp://b", simulator=1, ingress=2, console=3)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REMANSO_OPENAI_BASE_URL", "OPENAI_BASE_URL", "REMANSO_OPENAI_API_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_all_is_simulated_by_default() -> None:
    at = at_ports(LocalSettings().elsewhere(simulated=False))
    assert at.openai_url == "http://127.0.0.1:1/openai/v1"
    assert at.graph_url == "http://127.0.0.1:1/graph"
    assert at.webhook_url == "http://127.0.0.1:2/webhooks/whatsapp"


def test_a_key_alone_means_the_real_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    at = at_ports(LocalSettings().elsewhere(simulated=False))
    assert (at.openai_url, at.openai_key) == (OPENAI, "sk-x")


def test_our_own_variable_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://theirs/v1")
    monkeypatch.setenv("REMANSO_OPENAI_BASE_URL", "http://ours/v1")
    assert LocalSettings().elsewhere(simulated=False).openai_url == "http://ours/v1"


def test_the_scripted_conversation_never_meets_the_real_openai(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    monkeypatch.setenv("REMANSO_GRAPH_BASE_URL", "http://graph")
    assert LocalSettings().elsewhere(simulated=True) == Elsewhere()


def test_scale() -> None:
    assert parse_scale(["debouncer=3", "agent=2"]) == {"debouncer": 3, "agent": 2}


@pytest.mark.parametrize("text", ["debouncer", "debouncer=", "debouncer=many", "debouncer=-1"])
def test_scale_that_is_no_number(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--scale"):
        parse_scale([text])


@pytest.mark.parametrize("scale", [{"debuncer": 2}, {"agent": 0}, {"ingress": 2}])
async def test_scale_that_cannot_be(scale: dict[str, int], tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=next(iter(scale))):
        async with LocalStack(clients_dir=tmp_path, scale=scale):
            pytest.fail("it started")
