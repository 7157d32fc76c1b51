""".env.example names every setting of every service, and no setting that nobody reads."""

import re
from pathlib import Path

import pytest

from fleet.local.settings import LocalSettings
from fleet.rights import BrokerPasswords, DatabasePasswords
from fleet.settings import FleetSettings
from remanso.runtime.settings import PREFIX, OpsSettings
from services.agent.settings import AgentSettings
from services.console.settings import ConsoleSettings
from services.debouncer.settings import DebouncerSettings
from services.ingress.settings import IngressSettings
from services.sender.settings import SenderSettings
from services.simulator.settings import SimulatorSettings

ROOT = Path(__file__).parents[2]
SETTINGS = (IngressSettings, DebouncerSettings, AgentSettings, SenderSettings, ConsoleSettings, SimulatorSettings)
OTHERS = {"REMANSO_ENV_FILE", "REMANSO_TEST_DATABASE_URL", "REMANSO_TEST_AMQP_URL", "REMANSO_AGE_RECIPIENT"}


def documented() -> dict[str, str]:
    """Names and values of the example."""
    text = (ROOT / ".env.example").read_text("utf-8")
    return dict(re.findall(r"^([A-Z0-9_]+)=(\S*)", text, re.MULTILINE))


def known() -> set[str]:
    fields = {
        name
        for settings in (*SETTINGS, LocalSettings, FleetSettings, BrokerPasswords, DatabasePasswords)
        for name in settings.model_fields
    }
    return {f"{PREFIX}{name.upper()}" for name in fields}


def in_compose() -> set[str]:
    files = (ROOT / "docker-compose.yml", ROOT / "deploy" / "compose.production.yml")
    return {name for file in files for name in re.findall(r"\$\{([A-Z0-9_]+)", file.read_text("utf-8"))}


def test_every_setting_is_in_the_example() -> None:
    assert (known() | in_compose()) - documented().keys() == set()


def test_nothing_in_the_example_is_made_up() -> None:
    ours = {name for name in documented() if name.startswith(PREFIX)}
    assert ours - known() - in_compose() - OTHERS == set()


@pytest.mark.parametrize("settings", SETTINGS)
def test_the_values_in_the_example_are_the_defaults(settings: type[OpsSettings]) -> None:
    example = documented()
    for name, field in settings.model_fields.items():
        told = example[f"{PREFIX}{name.upper()}"]
        if told and settings is not SimulatorSettings and isinstance(field.default, int | float | str):
            assert type(field.default)(told) == field.default, name
