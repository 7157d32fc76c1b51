"""The manifests of deploy/kubernetes: valid by the schemas, and in agreement with the code they run."""

import ast
import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml
from pydantic import ValidationError

from deploy.prometheus.queries import names_in
from remanso.bus.topology import QUEUES
from remanso.plugin.registry import load_clients
from remanso.runtime.ops import ops_app
from remanso.runtime.process import DRAIN_SECONDS, TASK_GRACE_SECONDS
from remanso.runtime.settings import PREFIX, OpsSettings, StoreSettings
from remanso.store.waiting import WaitingRows
from services.agent.settings import AgentSettings
from services.console.settings import ConsoleSettings
from services.debouncer.settings import DebouncerSettings
from services.ingress.settings import IngressSettings
from services.sender.settings import SenderSettings
from services.simulator.settings import SimulatorSettings
from tests.contract.test_monitoring import known
from tests.support.manifests import (
    OVERLAYS,
    Manifest,
    container_of,
    name_of,
    need_kubectl,
    of_kind,
    overlay,
    pod_of,
    variables_of,
)

ROOT = Path(__file__).parents[2]
OLDEST_KUBERNETES, NEWEST_KUBERNETES = "1.29", "1.34"
SETTINGS: dict[str, type[OpsSettings]] = {
    "ingress": IngressSettings,
    "debouncer": DebouncerSettings,
    "agent": AgentSettings,
    "sender": SenderSettings,
    "console": ConsoleSettings,
    "simulator": SimulatorSettings,
}
OPERATORS = yaml.safe_load((ROOT / "tests/fixtures/kubernetes/operators.yaml").read_text("utf-8"))
NEEDED_SECRETS = {"ingress": {"app_secret", "verify_token"}, "agent": {"access_token"}, "sender": {"access_token"}}

pytestmark = pytest.mark.usefixtures("kubectl")


@pytest.fixture(scope="module")
def kubectl() -> None:
    need_kubectl()


@pytest.fixture(params=OVERLAYS)
def manifests(request: pytest.FixtureRequest, kubectl: None) -> list[Manifest]:
    return overlay(request.param)


def wrong_with(manifest: Manifest, version: str = NEWEST_KUBERNETES) -> str:
    """What its schema says against it; empty where nothing."""
    kind = f"{manifest['apiVersion']}/{manifest['kind']}"
    try:
        if kind in OPERATORS:
            jsonschema.validate(manifest["spec"], OPERATORS[kind])
        else:
            kubernetes_validate.validate(manifest, version, strict=True)
    except (jsonschema.ValidationError, kubernetes_validate.ValidationError) as problem:
        return f"{kind} {name_of(manifest)}: {problem.message}"
    return ""


def services(manifests: list[Manifest]) -> Iterator[Manifest]:
    return of_kind(manifests, "Deployment")


@pytest.mark.parametrize("version", [OLDEST_KUBERNETES, NEWEST_KUBERNETES])
def test_every_object_is_valid(manifests: list[Manifest], version: str) -> None:
    assert [wrong for manifest in manifests if (wrong := wrong_with(manifest, version))] == []


def test_the_schemas_refuse_what_is_wrong() -> None:
    """Of each kind, one field too many."""
    for manifest in {manifest["kind"]: manifest for name in OVERLAYS for manifest in overlay(name)}.values():
        spoiled = copy.deepcopy(manifest)
        spoiled.setdefault("spec" if "spec" in spoiled else "metadata", {})["colour"] = "red"
        assert wrong_with(spoiled), manifest["kind"]


def test_every_variable_is_a_setting_of_its_service_or_a_secret_of_a_client(manifests: list[Manifest]) -> None:
    secrets = client_secrets()
    for service in services(manifests):
        settings = {f"{PREFIX}{name.upper()}" for name in SETTINGS[name_of(service)].model_fields}
        assert variables_of(service).keys() <= settings | secrets, name_of(service)


def test_every_service_gets_what_it_cannot_start_without(manifests: list[Manifest]) -> None:
    for service in services(manifests):
        given = variables_of(service)
        with pytest.raises(ValidationError) as found:
            SETTINGS[name_of(service)].model_validate({})
        missing = {f"{PREFIX}{error['loc'][0]}".upper() for error in found.value.errors()}
        assert missing <= given.keys(), name_of(service)
        for client, names in client_variables().items():
            wanted = {names[name] for name in NEEDED_SECRETS.get(name_of(service), ())}
            assert wanted <= given.keys(), (name_of(service), client)


def client_variables() -> dict[str, dict[str, str]]:
    """Of the clients in the image: the variables that hold their secrets, by what they are."""
    registry = load_clients(ROOT / "clients", with_tools=False, environ={})
    return {name: dict(client.config.secret_variables) for name, client in registry.clients.items()}


def client_secrets() -> set[str]:
    return {variable for names in client_variables().values() for variable in names.values()}


def test_no_secret_stands_in_a_manifest(manifests: list[Manifest]) -> None:
    assert list(of_kind(manifests, "Secret")) == []
    secret = {
        f"{PREFIX}{name.upper()}"
        for settings in SETTINGS.values()
        for name, field in settings.model_fields.items()
        if "Secret" in str(field.annotation)
    } | client_secrets()
    for pod in of_kind(manifests, "Deployment", "Job"):
        for name, entry in variables_of(pod).items():
            assert name not in secret or "valueFrom" in entry or entry["value"] == "simulated", name


def test_probes_ask_the_ops_port_for_what_it_serves(manifests: list[Manifest]) -> None:
    paths = {route.path for route in ops_app(None).routes}  # type: ignore[arg-type, attr-defined]
    for service in services(manifests):
        container = container_of(service)
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        assert ports["ops"] == OpsSettings.model_fields["ops_port"].default
        http = SETTINGS[name_of(service)].model_fields.get("http_port")
        assert ports.get("http") == (http and http.default)
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if name_of(service) == "simulator" and probe not in container:
                continue
            asked = container[probe]["httpGet"]
            assert (asked["path"] in paths, asked["port"]) == (True, "ops"), name_of(service)


def test_a_stop_is_given_the_time_that_a_drain_takes(manifests: list[Manifest]) -> None:
    for service in services(manifests):
        if name_of(service) == "simulator":
            continue
        before = container_of(service).get("lifecycle", {}).get("preStop", {}).get("exec", {}).get("command", ["", "0"])
        need = int(before[1]) + DRAIN_SECONDS + TASK_GRACE_SECONDS
        assert pod_of(service)["terminationGracePeriodSeconds"] >= need, name_of(service)


def test_every_pod_keeps_to_the_restricted_standard(manifests: list[Manifest]) -> None:
    accounts = {name_of(account): account for account in of_kind(manifests, "ServiceAccount")}
    for manifest in of_kind(manifests, "Deployment", "Job"):
        pod, container = pod_of(manifest), container_of(manifest)
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert not pod["automountServiceAccountToken"]
        assert not accounts[pod["serviceAccountName"]]["automountServiceAccountToken"]
        assert {"requests", "limits"} <= container["resources"].keys()


def test_what_scales_asks_for_queues_and_metrics_there_are(manifests: list[Manifest]) -> None:
    deployments = {name_of(service) for service in services(manifests)}
    queues, stages = {queue.name for queue in QUEUES}, known_stages()
    for scaled in of_kind(manifests, "ScaledObject"):
        assert scaled["spec"]["scaleTargetRef"]["name"] in deployments
        for trigger in scaled["spec"]["triggers"]:
            told = trigger["metadata"]
            if trigger["type"] == "rabbitmq":
                assert told["queueName"] in queues
                assert told["queueName"].startswith(f"{name_of(scaled)}.")
            else:
                assert set(names_in(told["query"])) <= known()
                asked = re.findall(r'stage=~?"([^"]+)"', told["query"])
                assert set("|".join(asked).split("|")) - {""} <= stages


def known_stages() -> set[str]:
    return set(re.findall(r"`(\w+)`", WaitingRows.now.__doc__ or ""))


def test_no_replicas_are_written_down_where_somebody_else_decides(manifests: list[Manifest]) -> None:
    """Else each `apply` would undo what was scaled."""
    scaled = {
        o["spec"]["scaleTargetRef"]["name"] for o in of_kind(manifests, "ScaledObject", "HorizontalPodAutoscaler")
    }
    written = {name_of(service) for service in services(manifests) if "replicas" in service["spec"]}
    assert not scaled & written


def reaches(policy: Manifest, labels: dict[str, str]) -> bool:
    selector = policy["spec"]["podSelector"]
    wanted = [{"key": key, "values": [value]} for key, value in selector.get("matchLabels", {}).items()]
    wanted += selector.get("matchExpressions", [])
    return all(labels.get(one["key"]) in one["values"] for one in wanted)


def test_pods_reach_what_their_service_is_configured_with_and_nothing_else(manifests: list[Manifest]) -> None:
    policies = list(of_kind(manifests, "NetworkPolicy"))
    assert any(p["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} for p in policies), (
        "what nobody allows is closed"
    )
    for manifest in of_kind(manifests, "Deployment", "Job"):
        name, labels = name_of(manifest), manifest["spec"]["template"]["metadata"]["labels"]
        if name == "simulator":
            continue
        ports = {
            port["port"]
            for policy in policies
            if reaches(policy, labels)
            for rule in policy["spec"].get("egress", ())
            for port in rule["ports"]
        }
        settings = SETTINGS.get(name)
        broker = {5672} if settings else set()
        database = {5432} if settings is None or issubclass(settings, StoreSettings) else set()
        world = {443, "http"} if settings and "graph_base_url" in settings.model_fields else set()
        assert ports - world == broker | database | {53}, name
        assert not world or ports & world, name


def test_every_service_has_a_budget_and_is_scraped_under_its_name(manifests: list[Manifest]) -> None:
    budgets = {name_of(budget) for budget in of_kind(manifests, "PodDisruptionBudget")}
    names = {name_of(service) for service in services(manifests)} - {"simulator"}
    assert names <= budgets
    for monitor in of_kind(manifests, "PodMonitor"):
        if name_of(monitor) == "services":
            assert set(monitor["spec"]["selector"]["matchExpressions"][0]["values"]) == names
            for service in services(manifests):
                labels: Any = service["spec"]["template"]["metadata"]["labels"]
                assert labels[monitor["spec"]["jobLabel"]] == name_of(service)


def test_the_migration_has_the_arguments_of_the_command(manifests: list[Manifest]) -> None:
    (job,) = of_kind(manifests, "Job")
    assert container_of(job)["command"] == ["remanso"]
    options = ast.parse((ROOT / "fleet/tables.py").read_text("utf-8"))
    (migrate,) = [node for node in options.body if isinstance(node, ast.FunctionDef) and node.name == "migrate_command"]
    arguments = {f"--{argument.arg}" for argument in migrate.args.args}
    assert {word for word in container_of(job)["args"] if word.startswith("-")} <= arguments
