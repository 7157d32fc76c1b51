"""docs/security.md names tests and files that exist, and the deployment for production keeps to it."""

import re
from pathlib import Path
from typing import Any

import yaml

from fleet.secrets.deployment import make_secrets
from remanso.bus.rights import PARTS
from remanso.store.rights import RIGHTS
from services.collector.drain import MOST_BYTES as DRAIN
from services.console.bodies import FORM, UPLOAD
from services.ingress.body import MOST_BYTES

ROOT = Path(__file__).parents[2]
PRODUCTION = ROOT / "deploy" / "compose.production.yml"
BY_HAND = {"openai_api_key", "edge_certificate", "edge_key"} | {
    f"emprendemy_{name}" for name in ("app_secret", "verify_token", "access_token")
}
"""What only people know; named at the top of the file."""
SECRET = re.compile(r"(PASSWORD|PASS|SECRET|SECRET_PREVIOUS|TOKEN|KEY|AMQP_URL|DATABASE_URL)$")


def production() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(PRODUCTION.read_text("utf-8"))
    return read


def test_every_mitigation_names_what_is_there() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = set(re.findall(r"`((?:tests|services|shared|fleet|deploy)/[\w./-]+)`", text))
    assert len(named) > 40
    assert {name for name in named if not (ROOT / name).exists()} == set()
    rows = [line for line in text.splitlines() if re.match(r"\| \*\*[STRIDE]\*\* ", line)]
    assert len(rows) > 30
    assert [row for row in rows if "`" not in row.split(" | ")[2]] == [], "a mitigation that nothing shows"


def test_every_kind_of_threat_is_thought_of_at_the_door() -> None:
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    door = text.partition("to the ingress\n")[2].partition("### ")[0]
    assert set(re.findall(r"\*\*([STRIDE])\*\*", door)) == set("STRIDE")


def test_no_secret_of_production_is_in_an_environment() -> None:
    """Variables of docker-compose.yml, for trying out, are emptied; files stand in for them."""
    tried_out = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    for name, service in production()["services"].items():
        environment = tried_out["services"].get(name, {}).get("environment", {}) | service.get("environment", {})
        if "profiles" not in service:
            assert [key for key, value in environment.items() if SECRET.search(key) and value] == [], name


def test_every_service_has_its_entry_and_every_role_its_password() -> None:
    """With what its rights are for and nothing else: the database's owner is no service's."""
    services = production()["services"]
    tried_out = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]
    assert tried_out.keys() == services.keys() - {"edge"}
    for name in (RIGHTS.keys() | PARTS.keys()) & services.keys():
        ways_in = {secret for secret in services[name]["secrets"] if secret.endswith("_url")}
        wanted = {f"{name}_database_url"} if name in RIGHTS else set()
        assert ways_in == wanted | ({f"{name}_amqp_url"} if name in PARTS else set()), name
    assert RIGHTS.keys() | PARTS.keys() <= services.keys()
    passwords = {f"{name}_database_password" for name in RIGHTS}
    assert set(services["migrate"]["secrets"]) == {"owner_database_url"} | passwords


def test_every_file_is_mounted_for_who_names_it_and_for_nobody_else() -> None:
    for name, service in production()["services"].items():
        environment = service.get("environment", {})
        named = {value.rpartition("/")[2] for key, value in environment.items() if key.endswith("_FILE")}
        if named:
            assert named == set(service["secrets"]), name


def test_every_secret_is_made_by_the_command_or_by_hand(tmp_path: Path) -> None:
    make_secrets(tmp_path / "secrets", broker="rabbitmq:5672", database="postgres:5432")
    files = {secret["file"].rpartition("/")[2] for secret in production()["secrets"].values()}
    made = {path.name for path in (tmp_path / "secrets").iterdir()}
    assert files - made == BY_HAND
    head = PRODUCTION.read_text("utf-8").partition("x-unset")[0]
    assert {name for name in BY_HAND if name not in head} == set()


def test_secrets_are_made_once(tmp_path: Path) -> None:
    def content() -> dict[str, str]:
        return {path.name: path.read_text() for path in tmp_path.iterdir() if path.suffix != ".json"}

    assert make_secrets(tmp_path, broker="rabbitmq:5672", database="postgres:5432")
    first = content()
    assert make_secrets(tmp_path, broker="elsewhere:5672", database="elsewhere:5432") == []
    assert content() == first
    assert len({value for name, value in first.items() if name.endswith("_password")}) == 12


def test_what_people_put_there_can_be_read_in_containers(tmp_path: Path) -> None:
    (tmp_path / "edge_key").write_text("a key")
    (tmp_path / "edge_key").chmod(0o600)
    make_secrets(tmp_path, broker="rabbitmq:5672", database="postgres:5432")
    assert {oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {"0o644"}


def test_edge_and_services_agree_on_sizes() -> None:
    sizes = re.findall(r"client_max_body_size (\d+)m;", (ROOT / "deploy" / "edge" / "nginx.conf").read_text("utf-8"))
    assert [int(size) << 20 for size in sizes] == [MOST_BYTES, DRAIN, FORM, UPLOAD]
