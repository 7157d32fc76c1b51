"""Fixtures of the agent's tests: a bench on real servers, and the OpenAI stand-in as a process of its own."""

from collections.abc import AsyncIterator

import httpx
import pytest

from fleet.local.rabbitmq import RabbitServer
from remanso.bus import Bus
from remanso.channels.whatsapp.media import MediaClient
from remanso.store import Store
from services.agent.media.senses import Senses
from services.agent.models.transcription import SpeechModel
from tests.support import infrastructure
from tests.support.agents import Bench, Runs, made_up_client
from tests.support.listening import PRICE, World
from tests.support.lone_simulator import Business, lone_simulator
from tests.support.models import StandIn
from tests.support.pairing import assert_all_pair


@pytest.fixture(scope="module")
async def store(database_url: str) -> AsyncIterator[Store]:
    async with Store.connect(database_url) as opened:
        yield opened


@pytest.fixture(scope="session")
async def bus(rabbitmq: RabbitServer) -> AsyncIterator[Bus]:
    async with infrastructure.vhost(rabbitmq) as url, Bus.connect(url, "tests") as opened:
        yield opened


@pytest.fixture
def bench(store: Store, bus: Bus) -> Bench:
    """A client with tools, and nobody working for it yet."""
    runs = Runs()
    return Bench(store, bus.publisher, made_up_client(runs), runs)


@pytest.fixture(scope="session")
async def simulator() -> AsyncIterator[Business]:
    """The stand-ins for Meta and OpenAI, over real sockets."""
    async with lone_simulator() as business:
        yield business


@pytest.fixture
async def world(bench: Bench, simulator: Business) -> AsyncIterator[World]:
    url = simulator.simulator_url
    async with (
        httpx.AsyncClient(base_url=url) as http,
        MediaClient(f"{url}/graph", "v25.0") as files,
        SpeechModel.connect(f"{url}/openai/v1", "a-key", "gpt-transcribe") as transcriber,
    ):
        (await http.post("/control/reset")).raise_for_status()
        here = World(bench, Senses(files, transcriber), url, http)
        here.client(media={"price": PRICE, "keywords": ["Emprendemy"]})
        yield here
        (await http.post("/control/reset")).raise_for_status()


@pytest.fixture
async def openai(simulator: Business) -> AsyncIterator[StandIn]:
    async with httpx.AsyncClient(base_url=simulator.simulator_url) as http:
        (await http.post("/control/reset")).raise_for_status()
        stand_in = StandIn(simulator, http)
        yield stand_in
        assert_all_pair(record["body"] for record in await stand_in.asked())
        (await http.post("/control/reset")).raise_for_status()


@pytest.fixture(params=["chat", "responses"])
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)
