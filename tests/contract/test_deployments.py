"""Compose, Kubernetes and Heroku run the same product: the same services, by settings that exist and are documented."""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from fleet.web import ROOMS
from remanso.runtime.settings import PREFIX, OpsSettings
from services.agent.settings import AgentSettings
from services.collector.settings import CollectorSettings
from services.console.settings import ConsoleSettings
from services.debouncer.settings import DebouncerSettings
from services.ingress.settings import IngressSettings
from services.sender.settings import SenderSettings
from services.simulator.settings import SimulatorSettings
from tests.contract.test_settings import documented

ROOT = Path(__file__).parents[2]
SETTINGS: Mapping[str, type[OpsSettings]] = {
    "ingress": IngressSettings,
    "debouncer": DebouncerSettings,
    "agent": AgentSettings,
    "sender": SenderSettings,
    "console": ConsoleSettings,
    "collector": CollectorSettings,
    "simulator": SimulatorSettings,
}
OPERATORS, OUTSIDE = "collector", "simulator"
"""Asked for by a profile or run elsewhere; every other service is the product."""
PRODUCT = SETTINGS.keys() - {OPERATORS, OUTSIDE}
HEROKU = ROOT / "deploy/iass-backends/template/project"
Environment = Mapping[str, Any]


def read(path: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / path).read_text("utf-8"))
    return found


def in_compose() -> dict[str, Environment]:
    """What docker-compose.yml tells each service."""
    services = read("docker-compose.yml")["services"]
    return {name: service["environment"] for name, service in services.items() if name in SETTINGS}


def in_production() -> dict[str, Environment]:
    """The same under the overlay; what is empty is not told, and what stands in a file is."""
    told: dict[str, Environment] = {}
    overlay = read("deploy/compose.production.yml")["services"]
    for name in SETTINGS.keys() - {OUTSIDE}:
        given = {**in_compose()[name], **overlay[name]["environment"]}
        told[name] = {key.removesuffix("_FILE"): value for key, value in given.items() if value != ""}
    return told


def in_kubernetes() -> dict[str, Environment]:
    manifests = [
        manifest
        for path in (ROOT / "deploy/kubernetes/base").glob("*.yaml")
        for manifest in yaml.safe_load_all(path.read_text("utf-8"))
    ]
    deployments = {one["metadata"]["name"]: one for one in manifests if one["kind"] == "Deployment"}
    variables = {name: dict(_variables(one)) for name, one in deployments.items()}
    everywhere = variables.pop("every-service") | variables.pop("every-pod")
    return {name: {**everywhere, **own} for name, own in variables.items()}


def _variables(deployment: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for container in deployment["spec"]["template"]["spec"]["containers"]:
        yield from ((entry["name"], entry.get("value", entry)) for entry in container.get("env", ()))


def on_heroku() -> dict[str, str]:
    """Which command each process of the template has."""
    lines = (HEROKU / "Procfile").read_text("utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines)


def in_the_template(tmp_path: Path, told: Mapping[str, str]) -> Environment:
    """What bin/start makes of these config vars: on Heroku, and in the containers of a client's own host."""
    command = tmp_path / "remanso"
    command.write_text("#!/bin/sh\nenv\n")
    command.chmod(0o755)
    given = {"PATH": f"{tmp_path}:{os.environ['PATH']}", **told}
    ended = subprocess.run(["bin/start", "remanso"], cwd=HEROKU, env=given, capture_output=True, text=True, check=True)
    return dict(line.split("=", 1) for line in ended.stdout.splitlines())


def test_every_service_there_is_has_its_settings_here() -> None:
    assert {path.parent.name for path in (ROOT / "services").glob("*/__main__.py")} == SETTINGS.keys()


def test_compose_runs_every_service_and_the_product_unasked() -> None:
    services = read("docker-compose.yml")["services"]
    run = {name: service["command"] for name, service in services.items() if name in SETTINGS}
    assert run == {name: [f"services.{name}"] for name in SETTINGS}
    unasked = {name for name in SETTINGS if "profiles" not in services[name]}
    assert unasked == PRODUCT | {OUTSIDE}
    real = {name for name in unasked if "profiles" not in read("deploy/compose.production.yml")["services"][name]}
    assert real == PRODUCT


def test_kubernetes_and_heroku_run_the_product() -> None:
    assert in_kubernetes().keys() == PRODUCT
    start = (HEROKU / "bin/start").read_text("utf-8")
    (web,) = re.findall(r"\$\{REMANSO_WEB_ROOMS:-([\w ]+)\}", start)
    commands = [command.split()[1:] for command in on_heroku().values()]
    workers = {word for words in commands for word in words} - {"web", "migrate"}
    assert set(web.split()) <= ROOMS.keys()
    assert {*web.split(), *workers} == PRODUCT


@pytest.mark.parametrize("told", [in_compose, in_production, in_kubernetes])
def test_no_service_lacks_what_it_cannot_start_without(told: Any) -> None:
    for name, environment in told().items():
        with pytest.raises(ValidationError) as found:
            SETTINGS[name].model_validate({})
        missing = {f"{PREFIX}{error['loc'][0]}".upper() for error in found.value.errors()}
        assert missing <= environment.keys(), name


def test_every_setting_that_a_deployment_names_is_documented() -> None:
    told = [*in_compose().values(), *in_production().values(), *in_kubernetes().values()]
    named = {name for environment in told for name in environment}
    for file in ("bin/start", "app.json.jinja"):
        named |= set(re.findall(r"\b(?:REMANSO|OTEL)_[A-Z_]+\b", (HEROKU / file).read_text("utf-8")))
    ours = {name for name in named if name.startswith((PREFIX, "OTEL_"))}
    assert len(ours) > 30
    assert ours - documented().keys() == set()


@pytest.mark.parametrize("told", [in_production, in_kubernetes])
def test_where_contacts_are_real_it_is_said_and_one_proxy_stands_before(told: Any) -> None:
    everywhere = told()
    for name in PRODUCT:
        assert everywhere[name]["REMANSO_PRODUCTION"] == "true", name
    assert everywhere["ingress"]["REMANSO_INGRESS_PROXIES"] == "1"
    assert everywhere["console"]["REMANSO_CONSOLE_PROXIES"] == "1"


def test_so_it_is_said_in_what_clients_are_made_of(tmp_path: Path) -> None:
    heroku = {**on_heroku(), **{f"container {name}": run for name, run in _in_heroku_yml()}}
    compose = yaml.safe_load((HEROKU / "compose.yml.jinja").read_text("utf-8").replace("{{ name }}", "espiga"))
    ours = [service["command"][0] for service in compose["services"].values() if "build" in service]
    assert {command.split()[0] for command in heroku.values()} == {*ours} == {"bin/start"}
    told = in_the_template(tmp_path, {})
    proxies = {"REMANSO_INGRESS_PROXIES": "1", "REMANSO_CONSOLE_PROXIES": "1"}
    assert told.items() >= {"REMANSO_PRODUCTION": "true", **proxies}.items()
    assert in_the_template(tmp_path, {"REMANSO_PRODUCTION": "false"})["REMANSO_PRODUCTION"] == "false"


def _in_heroku_yml() -> Iterator[tuple[str, str]]:
    told = yaml.safe_load((HEROKU / "heroku.yml").read_text("utf-8"))
    for name, run in {"release": told["release"], **told["run"]}.items():
        yield name, run if isinstance(run, str) else run["command"][0]
