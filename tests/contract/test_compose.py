"""The compose files and the Dockerfile: what they promise is written in them, and in agreement with the code."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from remanso.runtime.process import DRAIN_SECONDS
from remanso.runtime.settings import OpsSettings
from tests.contract.test_settings import documented, known

ROOT = Path(__file__).parents[2]
OURS = {"migrate", "ingress", "debouncer", "agent", "sender", "console", "collector", "operations", "simulator"}
OVERLAYS = sorted((ROOT / "deploy").glob("compose.*.yml"))
DOCKERFILE = (ROOT / "deploy/docker/Dockerfile").read_text("utf-8")


def compose(path: Path) -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load(path.read_text("utf-8"))["services"])


def test_every_service_of_ours_is_locked_in() -> None:
    services = compose(ROOT / "docker-compose.yml")
    assert services.keys() >= OURS
    for name in OURS:
        service = services[name]
        assert service["read_only"], name
        assert service["tmpfs"] == ["/tmp"], name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_a_stop_is_given_the_time_that_a_drain_takes() -> None:
    for name in OURS:
        told = compose(ROOT / "docker-compose.yml")[name]["stop_grace_period"]
        assert float(told.removesuffix("s")) >= DRAIN_SECONDS + 5, name


@pytest.mark.parametrize("path", OVERLAYS, ids=lambda path: path.name)
def test_an_overlay_sets_what_a_service_reads(path: Path) -> None:
    for name, service in compose(path).items():
        given = {key.removesuffix("_FILE") for key in service.get("environment", {}) if key.startswith("REMANSO_")}
        if name in OURS:
            assert given <= known() | documented().keys(), name


@pytest.mark.parametrize("path", OVERLAYS, ids=lambda path: path.name)
def test_what_an_overlay_mounts_is_there(path: Path) -> None:
    mounts = [mount for service in compose(path).values() for mount in service.get("volumes", ())]
    for mount in mounts:
        if mount.startswith("./"):
            assert (ROOT / mount.partition(":")[0]).exists(), mount


def test_the_image_runs_as_nobody_in_particular_and_asks_the_ops_port() -> None:
    users = [re.findall(r"(?m)^USER (\S+)$", stage) for stage in re.split(r"(?m)^FROM ", DOCKERFILE)]
    assert [named[-1] for named in users if named] == ["10001:10001"] * 2, "of the services' image, and the operators'"
    assert f"('127.0.0.1', {OpsSettings.model_fields['ops_port'].default})" in DOCKERFILE
    assert re.findall(r"(?m)^STOPSIGNAL (\w+)$", DOCKERFILE) == ["SIGTERM"]


def test_nothing_in_the_image_depends_on_the_day_it_is_built() -> None:
    """No base without a version, no package without its hash."""
    bases = re.findall(r"(?m)^FROM (\S+)", DOCKERFILE)
    assert {base for base in bases if base != "remanso"} == {"python:3.13-slim"}
    installs = re.findall(r"pip (?:--python \S+ )?install (.*)", DOCKERFILE)
    assert installs
    assert all("--require-hashes" in install or "--no-deps /wheels" in install for install in installs)
