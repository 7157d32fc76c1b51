from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI

from fleet.local.rabbitmq import RabbitServer
from remanso.bus import Bus
from remanso.channels.whatsapp.media import MediaClient
from remanso.store import Store
from services.console.app import create_app
from services.console.console import Console
from tests.support import infrastructure
from tests.support.clock import forget_everything
from tests.support.console import Visitors, a_console
from tests.support.mail import MailServer, by_mail, mail_server


@pytest.fixture(scope="module")
async def store(database_url: str) -> AsyncIterator[Store]:
    async with Store.connect(database_url) as connected:
        yield connected


@pytest.fixture(scope="module")
async def console(store: Store, rabbitmq: RabbitServer) -> AsyncIterator[Console]:
    """The pages, on a bus of their own."""
    async with (
        infrastructure.vhost(rabbitmq) as url,
        Bus.connect(url, "console") as bus,
        MediaClient("http://127.0.0.1:1", "v25.0", 0.2) as media,
    ):
        yield a_console(store, bus, media)


@pytest.fixture(scope="module")
def app(console: Console) -> FastAPI:
    return create_app(console)


@pytest.fixture
async def visitors(console: Console, app: FastAPI) -> AsyncIterator[Visitors]:
    visitors = Visitors(console, app)
    yield visitors
    for http in visitors.open:
        await http.aclose()


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with mail_server() as mails:
        yield mails


@pytest.fixture
async def mailing(console: Console, store: Store, server: MailServer) -> Console:
    await forget_everything(store)
    return by_mail(console, server)
