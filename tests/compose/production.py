"""deploy/compose.production.yml for real: its secrets in files, its certificates, the simulator behind TLS."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from fleet.local.ports import LOOPBACK, free_ports
from fleet.secrets.deployment import make_secrets
from remanso.model.app_key import AppKey
from tests.compose.plan import SERVERS, SERVICES, UNCHECKED, Plan, Props, laid_over, lay_out, ports_inside
from tests.support.authority import Authority
from tests.support.clients import ROOT

OVERLAY = ROOT / "deploy" / "compose.production.yml"
DOOR = Path(__file__).with_name("outside.conf")
"""Of nginx: TLS before the simulator. In production nobody is asked by plain http."""
TRUSTED = "/etc/ssl/outside.pem"
APP = "check"
IN_WORK = (*SERVICES, "collector", *SERVERS)


def production(folder: Path, environment: Mapping[str, str]) -> Plan:
    """As the overlay's top says; what is put beside the made secrets by hand is the trial's own."""
    props, ports, (postgres, rabbitmq, edge) = lay_out(folder), ports_inside(), free_ports(3)
    secrets, backups = folder / "secrets", folder / "backups"
    authority = Authority(folder)
    _put(secrets, props, authority)
    backups.mkdir(mode=0o700)
    told = {
        **environment,
        **ports,
        "COMPOSE_PROFILES": "demo,panel",
        "REMANSO_SECRETS": str(secrets),
        "REMANSO_BACKUPS": str(backups),
        "REMANSO_EDGE_HTTP_PORT": f"{LOOPBACK}:0",
        "REMANSO_EDGE_HTTPS_PORT": f"{LOOPBACK}:{edge}",
        "REMANSO_CONSOLE_URL": f"https://{LOOPBACK}:{edge}",
        "REMANSO_GRAPH_BASE_URL": "https://outside:8443/graph",
        "REMANSO_OPENAI_BASE_URL": "https://outside:8443/openai/v1",
        "REMANSO_APP": APP,
        "REMANSO_COLLECTOR_URL": "https://edge:8443",
    }
    return Plan(
        files=(
            ROOT / "docker-compose.yml",
            OVERLAY,
            laid_over(folder, _services(props, authority), postgres, rabbitmq),
        ),
        environment=told,
        simulator_url=f"http://{LOOPBACK}:{ports['REMANSO_SIMULATOR_PORT']}",
        amqp_url=f"amqp://remanso-deploy:{secret_of(told, 'deploy_amqp_password')}@{LOOPBACK}:{rabbitmq}/",
        database_url=f"postgresql://remanso:{secret_of(told, 'postgres_password')}@{LOOPBACK}:{postgres}/remanso",
        console_url=told["REMANSO_CONSOLE_URL"],
        struck=(*SERVICES, "collector", "edge", *SERVERS),
        authority=authority.certificate,
    )


def secret_of(environment: Mapping[str, str], name: str) -> str:
    return secrets_of(environment)[name]


def secrets_of(environment: Mapping[str, str]) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in Path(environment["REMANSO_SECRETS"]).iterdir()}


def _put(folder: Path, props: Props, authority: Authority) -> None:
    """What the command makes, and what only people know; all of it readable in containers by the command again."""
    make_secrets(folder, broker="rabbitmq:5672", database="postgres:5432")
    certificate, key = authority.certify("edge")
    by_hand = {
        "openai_api_key": "of a model that is played",
        "emprendemy_app_secret": props.known.app_secret,
        "emprendemy_verify_token": props.known.verify_token,
        "emprendemy_access_token": props.known.access_token,
        "app_key": AppKey.new(),
        "edge_certificate": certificate.read_text(),
        "edge_key": key.read_text(),
    }
    for name, text in by_hand.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o600)
    make_secrets(folder, broker="rabbitmq:5672", database="postgres:5432")


def _services(props: Props, authority: Authority) -> dict[str, Any]:
    certificate, key = authority.certify("outside")
    for file in (authority.certificate, certificate, key):
        file.chmod(0o644)
    trust, trusting = f"{authority.certificate}:{TRUSTED}:ro", {"SSL_CERT_FILE": TRUSTED}
    real = yaml.safe_load(OVERLAY.read_text("utf-8"))["services"]
    services = {name: props.of_a_service(trust, **trusting, **_of_the_shop(real[name])) for name in SERVICES}
    services["agent"]["environment"] |= props.known.model_keys
    return services | {
        "collector": UNCHECKED,
        # It believes the door that it was asked by https: its files' addresses say so, too.
        "simulator": props.of_the_simulator(
            "https://edge:8443/webhooks/whatsapp", trust, **trusting, FORWARDED_ALLOW_IPS="*"
        ),
        "outside": {
            "image": real["edge"]["image"],
            "volumes": [f"{DOOR}:/etc/nginx/nginx.conf:ro", f"{certificate}:/certificate:ro", f"{key}:/key:ro"],
        },
    }


def _of_the_shop(service: Mapping[str, Any]) -> dict[str, str]:
    """The second client has the first one's secrets: the simulator plays one app of Meta's."""
    return {
        name.replace("EMPRENDEMY_", "SHOP_"): path
        for name, path in service["environment"].items()
        if name.startswith("EMPRENDEMY_") and path
    }
