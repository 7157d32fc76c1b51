"""Encrypted ways to a real broker and a real PostgreSQL, by a test's own authority; and what a wrong one is told."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from fleet.local import postgres, rabbitmq
from fleet.local.ports import free_ports
from fleet.local.premises import open_premises, unprivileged_account
from fleet.local.ways import WayUnavailable
from remanso.bus import Bus
from remanso.bus.rights import OWNER, PARTS, definitions
from remanso.errors import StoreUnavailable
from remanso.store import Store
from remanso.store.migrate import upgrade
from tests.support.authority import Authority
from tests.support.events import turn_ready
from tests.support.waiting import eventually

PASSWORD = "a password"


@dataclass(frozen=True)
class Secured:
    """An address, its authority's certificate, one of somebody else, and a client's certificate with its key."""

    url: str
    trusted: Path
    wrong: Path
    certificate: Path
    key: Path


@pytest.fixture(scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    """A node that has loaded our definitions at its start and lets nobody in without a certificate."""
    async with open_premises() as premises:
        account = unprivileged_account("rabbitmq")
        room = premises.room("certificates", account)
        authority, [port] = Authority(room, account), free_ports(1)
        certificate, key = authority.certify("broker")
        passwords = {name: f"{PASSWORD} of {name}" for name in (OWNER, *PARTS)}
        (room / "definitions.json").write_text(json.dumps(definitions(passwords)))
        (room / "definitions.json").chmod(0o644)
        settings = f"""\
load_definitions = {room}/definitions.json
listeners.ssl.1 = 127.0.0.1:{port}
ssl_options.cacertfile = {authority.certificate}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {key}
ssl_options.verify = verify_peer
ssl_options.fail_if_no_peer_cert = true
"""
        own = Authority(tmp_path_factory.mktemp("client"))
        mine, my_key = authority.certify("debouncer")
        try:
            async with rabbitmq.private_node(premises, print, settings):
                yield Secured(
                    f"amqps://remanso-debouncer:{PASSWORD.replace(' ', '%20')}%20of%20debouncer@127.0.0.1:{port}/",
                    authority.certificate,
                    own.certificate,
                    mine,
                    my_key,
                )
        except WayUnavailable as reason:
            pytest.skip(str(reason))


async def test_the_broker_is_verified_and_verifies(broker: Secured) -> None:
    """As a service's own user, on the topology that the definitions have made."""
    url = f"{broker.url}?cafile={broker.trusted}&certfile={broker.certificate}&keyfile={broker.key}"
    async with asyncio.timeout(60), Bus.connect(url, "debouncer") as bus:
        await bus.publisher.publish(turn_ready(), timeout=10)


@pytest.mark.parametrize("query", ["cafile={wrong}&certfile={certificate}&keyfile={key}", "cafile={trusted}"])
async def test_a_wrong_authority_or_no_certificate_is_waited_on_with_clear_words(broker: Secured, query: str) -> None:
    url = f"{broker.url}?{query.format(**vars(broker))}"
    with capture_logs() as logs:
        connecting = asyncio.create_task(_connect(url))
        try:
            await eventually(lambda: any(line["event"] == "bus.waiting_for_broker" for line in logs), within=60)
        finally:
            connecting.cancel()
    told = next(str(line["error"]) for line in logs if line["event"] == "bus.waiting_for_broker")
    wanted = ("certificate verify failed",) if "wrong" in query else ("certificate required", "connection reset")
    assert any(words in told.lower() for words in wanted), told  # the broker's reason may be overtaken by its reset
    assert PASSWORD not in str(logs)


async def _connect(url: str) -> None:
    async with Bus.connect(url, "debouncer"):
        pytest.fail("the broker let us in")


@pytest.fixture(scope="module")
async def database(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    async with open_premises() as premises:
        account = unprivileged_account("postgres")
        authority = Authority(premises.room("certificates", account), account)
        certificate, key = authority.certify("database")
        settings = {
            "ssl": "on",
            "ssl_ca_file": str(authority.certificate),
            "ssl_cert_file": str(certificate),
            "ssl_key_file": str(key),
        }
        mine = authority.certify("debouncer")
        own = Authority(tmp_path_factory.mktemp("client")).certificate
        try:
            async with postgres.private_server(premises, settings=settings) as server:
                yield Secured(server.url, authority.certificate, own, *mine)
        except WayUnavailable as reason:
            pytest.skip(f"this PostgreSQL has no TLS: {reason}")


async def test_postgresql_is_verified(database: Secured) -> None:
    query = f"sslmode=verify-full&sslrootcert={database.trusted}&sslcert={database.certificate}&sslkey={database.key}"
    await upgrade(f"{database.url}?{query}")
    async with Store.connect(f"{database.url}?{query}") as store:
        assert await store.ping()


async def test_a_wrong_authority_of_postgresql_is_told(database: Secured) -> None:
    url = f"{database.url}?sslmode=verify-full&sslrootcert={database.wrong}"
    async with Store.connect(url) as store:
        with pytest.raises(StoreUnavailable, match=r"its certificate is not one we trust: .*certificate"):
            async with store.transaction():
                pass
    with pytest.raises(StoreUnavailable, match="not one we trust"):
        await upgrade(url)


async def test_another_name_than_the_certificates_is_told(database: Secured) -> None:
    """verify-full asks whether the host is who the certificate is about."""
    url = f"{database.url.replace('127.0.0.1', 'localhost')}?sslmode=verify-full&sslrootcert={database.trusted}"
    with pytest.raises(StoreUnavailable, match="not one we trust"):
        await upgrade(url)
