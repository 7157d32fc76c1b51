"""What a cluster would be given: the overlays of deploy/kubernetes as kubectl's kustomize builds them."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
OVERLAYS = tuple(
    sorted(path.parent.name for path in (ROOT / "deploy/kubernetes/overlays").glob("*/kustomization.yaml"))
)
OLDEST_KUSTOMIZE = 5

Manifest = dict[str, Any]


def need_kubectl() -> None:
    """Skips a test where no kubectl is new enough: Debian 12's own does not know components."""
    if shutil.which("kubectl") is None:
        pytest.skip("there is no kubectl")
    told = subprocess.run(["kubectl", "version", "--client", "-o", "json"], capture_output=True, check=False)
    version = json.loads(told.stdout or "{}").get("kustomizeVersion", "v0")
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_KUSTOMIZE:
        pytest.skip(f"kubectl has kustomize {version}, components need v{OLDEST_KUSTOMIZE}")


@cache
def overlay(name: str) -> list[Manifest]:
    """All objects of an overlay."""
    folder = ROOT / "deploy" / "kubernetes" / "overlays" / name
    built = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, check=True, text=True).stdout
    return list(yaml.safe_load_all(built))


def of_kind(manifests: list[Manifest], *kinds: str) -> Iterator[Manifest]:
    return (manifest for manifest in manifests if manifest["kind"] in kinds)


def name_of(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])


def pod_of(manifest: Manifest) -> Manifest:
    """The pod of a Deployment or Job."""
    return dict(manifest["spec"]["template"]["spec"])


def container_of(manifest: Manifest) -> Manifest:
    """Its only container."""
    (container,) = pod_of(manifest)["containers"]
    return dict(container)


def variables_of(manifest: Manifest) -> dict[str, Manifest]:
    return {entry["name"]: entry for entry in container_of(manifest).get("env", ())}
