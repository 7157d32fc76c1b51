"""The browser, a phone page open in it, and a desk at the whole running product."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect
from pwdlib import PasswordHash

from fleet.local.environment import Elsewhere
from fleet.local.postgres import PostgresServer
from fleet.local.rabbitmq import RabbitServer
from fleet.local.stack import LocalStack
from remanso.store import Store
from tests.support import infrastructure
from tests.support.browser import chromium, flawless_page
from tests.support.clients import lay_out_clients
from tests.support.desk import ADMIN, OPERATOR, PASSWORD, Desk
from tests.support.lone_simulator import Business, lone_simulator

__all__ = ["chromium"]

expect.set_options(timeout=20_000)


@pytest.fixture(scope="package")
async def simulated() -> AsyncIterator[Business]:
    """A business with a simulator in front of it, started once."""
    async with lone_simulator() as business:
        yield business


@pytest.fixture
async def business(simulated: Business) -> Business:
    """The business, nothing said yet."""
    await simulated.control("POST", "reset")
    simulated.messages.clear()
    return simulated


@pytest.fixture
async def phone(chromium: Browser, business: Business) -> AsyncIterator[Page]:
    """The phone page on a wide screen, in Spanish, connected."""
    wide = {"width": 1360, "height": 860}
    async with flawless_page(chromium, business.simulator_url, locale="es-AR", viewport=wide) as page:
        await expect(page.get_by_role("status")).to_have_text("Conectado")
        await expect(page.get_by_text("Escribís como Ana")).to_be_visible()
        yield page


@pytest.fixture(scope="package")
async def desk(
    chromium: Browser, postgres: PostgresServer, rabbitmq: RabbitServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    """Everything runs, once for all pages of the console: Emprendemy, which Ana administers, and a shop, not hers."""
    folder = tmp_path_factory.mktemp("console")
    async with (
        infrastructure.database(postgres.url) as database_url,
        infrastructure.vhost(rabbitmq) as amqp_url,
        LocalStack(
            clients_dir=lay_out_clients(folder / "clients", "shop"),
            environment={"SHOP_LEDGER": str(folder / "ledger.txt")},
            elsewhere=Elsewhere(database_url=database_url, amqp_url=amqp_url),
        ) as stack,
    ):
        async with Store.connect(database_url) as store, store.transaction() as tx:
            hash_ = PasswordHash.recommended().hash(PASSWORD)
            ana = await tx.users.add(ADMIN, "Ana Díaz", hash_)
            assert ana
            await tx.users.join(ana.id, "emprendemy", "admin")
            await tx.users.add(OPERATOR, "Olga Ríos", hash_, operator=True)
        yield Desk(chromium, stack)
