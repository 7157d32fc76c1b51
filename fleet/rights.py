"""What each service may do at the database and at the broker, brought there: roles, users, and their passwords."""

import json
from typing import Annotated

import typer
from pydantic import SecretStr

from remanso.bus.rights import OWNER, PARTS, definitions
from remanso.errors import ConfigurationError
from remanso.runtime.settings import OpsSettings, load_settings
from remanso.store.granting import grant
from remanso.store.rights import RIGHTS

app = typer.Typer(no_args_is_help=True, help="The broker: who may do what there.")


class DatabasePasswords(OpsSettings):
    """Of the services' roles. One that is not given stays what it is."""

    debouncer_database_password: SecretStr | None = None
    agent_database_password: SecretStr | None = None
    sender_database_password: SecretStr | None = None
    console_database_password: SecretStr | None = None
    collector_database_password: SecretStr | None = None

    def by_service(self) -> dict[str, str]:
        found = {service: getattr(self, f"{service}_database_password") for service in RIGHTS}
        return {service: secret.get_secret_value() for service, secret in found.items() if secret}


class BrokerPasswords(OpsSettings):
    """Of the services' users and of the one that owns the topology."""

    deploy_amqp_password: SecretStr
    ingress_amqp_password: SecretStr
    debouncer_amqp_password: SecretStr
    agent_amqp_password: SecretStr
    sender_amqp_password: SecretStr
    console_amqp_password: SecretStr

    def by_service(self) -> dict[str, str]:
        return {name: getattr(self, f"{name}_amqp_password").get_secret_value() for name in (OWNER, *PARTS)}


async def grant_to_services(database_url: str) -> list[str]:
    """Roles for all services with exactly their rights; gives the roles' names. Raises as `grant` does."""
    return await grant(database_url, load_settings(DatabasePasswords).by_service())


@app.command("definitions")
def print_definitions(
    vhost: Annotated[str, typer.Option(help="The vhost in the services' REMANSO_AMQP_URL.")] = "/",
) -> None:
    """Print users, permissions, exchanges, queues as RabbitMQ loads them at its start or takes at /api/definitions."""
    passwords = load_settings(BrokerPasswords).by_service()
    if len(set(passwords.values())) < len(passwords):
        raise ConfigurationError("two users of the broker have one password; then they are one user")
    print(json.dumps(definitions(passwords, vhost=vhost), indent=2))  # noqa: T201 - a command's answer
