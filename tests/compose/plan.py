"""What a trial starts: compose files, what it lays over them, and the ways in from this machine."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from fleet.local.clients import LocalClients, local_clients
from fleet.local.ports import LOOPBACK, free_ports
from tests.chaos.world import IN_A_HURRY, hurry
from tests.support.clients import ROOT, lay_out_clients

SERVICES = ("ingress", "debouncer", "agent", "sender", "console")
SERVERS = ("rabbitmq", "postgres")
UNCHECKED = {"healthcheck": {"disable": True}}
"""The trial asks services itself, and more often."""


@dataclass(frozen=True)
class Plan:
    """`struck`: the services whose containers are killed, one after the other. `authority`: who certified the edge."""

    files: tuple[Path, ...]
    environment: Mapping[str, str]
    simulator_url: str
    amqp_url: str
    database_url: str
    console_url: str
    struck: tuple[str, ...] = (*SERVICES, *SERVERS)
    authority: Path | None = None


@dataclass(frozen=True)
class Props:
    """Emprendemy and the shop, impatient as in tests/chaos, and the ledger in which the shop's tools write."""

    clients: Path
    ledger: Path
    known: LocalClients

    def of_a_service(self, *volumes: str, **environment: str) -> dict[str, Any]:
        return {
            "environment": {**IN_A_HURRY, "SHOP_LEDGER": "/ledger/ledger.txt", **environment},
            "volumes": [f"{self.clients}:/srv/clients:ro", f"{self.ledger}:/ledger", *volumes],
            **UNCHECKED,
        }

    def of_the_simulator(self, webhook_url: str, *volumes: str, **environment: str) -> dict[str, Any]:
        told = {
            "REMANSO_SIMULATOR_WEBHOOK_URL": webhook_url,
            "REMANSO_SIMULATOR_APP_SECRET": self.known.app_secret,
            "REMANSO_SIMULATOR_VERIFY_TOKEN": self.known.verify_token,
            "REMANSO_SIMULATOR_ACCESS_TOKEN": self.known.access_token,
            "REMANSO_SIMULATOR_NUMBERS": self.known.numbers(),
        }
        return {"environment": {**told, **environment}, "volumes": [*volumes], **UNCHECKED}


def lay_out(folder: Path) -> Props:
    """Into `folder`, where containers, whose user is none of this machine, may read it."""
    folder.chmod(0o755)
    clients = lay_out_clients(folder / "clients", "shop")
    hurry(clients)
    ledger = folder / "ledger"
    ledger.mkdir()
    ledger.chmod(0o777)
    return Props(clients, ledger, local_clients(clients, lambda _: None, {}))


def laid_over(folder: Path, services: Mapping[str, Any], postgres: int, rabbitmq: int) -> Path:
    """The trial's own compose file; both servers can be reached at these ports of this machine."""
    ways_in = {
        "postgres": {"ports": [f"{LOOPBACK}:{postgres}:5432"]},
        "rabbitmq": {"ports": [f"{LOOPBACK}:{rabbitmq}:5672"]},
    }
    file = folder / "compose.check.yml"
    file.write_text(yaml.safe_dump({"services": {**services, **ways_in}}))
    return file


def ports_inside() -> dict[str, str]:
    """Free ones for everything that docker-compose.yml publishes on the loopback."""
    names = ("RABBITMQ_MANAGEMENT_PORT", "REMANSO_INGRESS_PORT", "REMANSO_CONSOLE_PORT", "REMANSO_COLLECTOR_PORT",
             "REMANSO_SIMULATOR_PORT")  # fmt: skip
    return dict(zip(names, map(str, free_ports(len(names))), strict=True))


def tried_out(folder: Path, environment: Mapping[str, str], *overlays: Path) -> Plan:
    """docker-compose.yml as somebody has it who tries it out."""
    props, ports, (postgres, rabbitmq) = lay_out(folder), ports_inside(), free_ports(2)
    services = dict.fromkeys(SERVICES, props.of_a_service(**props.known.environment()))
    services["simulator"] = props.of_the_simulator("http://ingress:8000/webhooks/whatsapp")
    return Plan(
        files=(ROOT / "docker-compose.yml", *overlays, laid_over(folder, services, postgres, rabbitmq)),
        environment={**environment, **ports},
        simulator_url=f"http://{LOOPBACK}:{ports['REMANSO_SIMULATOR_PORT']}",
        amqp_url=f"amqp://{_login(environment, 'RABBITMQ_PASSWORD')}@{LOOPBACK}:{rabbitmq}/",
        database_url=f"postgresql://{_login(environment, 'POSTGRES_PASSWORD')}@{LOOPBACK}:{postgres}/remanso",
        console_url=f"http://{LOOPBACK}:{ports['REMANSO_CONSOLE_PORT']}",
    )


def _login(environment: Mapping[str, str], password: str) -> str:
    return f"remanso:{environment.get(password, 'remanso')}"
