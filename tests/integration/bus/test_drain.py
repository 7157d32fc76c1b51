from remanso.bus import Bus
from remanso.bus.topology import AGENT_TURN_READY
from tests.support.child import child
from tests.support.events import turn_ready
from tests.support.rabbitmq import Broker
from tests.support.waiting import eventually

SERVICE = """
import asyncio
from remanso.bus import Bus
from remanso.bus.topology import AGENT_TURN_READY
from remanso.runtime.process import run
from remanso.runtime.settings import ServiceSettings, load_settings

settings = load_settings(ServiceSettings)

async def handle(items):
    print("working", flush=True)
    await asyncio.sleep(1)
    print("worked", flush=True)

async def serve(process):
    async with Bus.connect(settings.amqp_url.get_secret_value(), process.instance) as bus:
        process.ready_when("bus", bus.healthy)
        async with bus.consume(AGENT_TURN_READY, handle, prefetch=5):
            await process.until_stopped()
    print("closed", flush=True)

run("toy", settings, serve)
"""


async def test_sigterm_finishes_and_acknowledges_the_batch_in_work(broker: Broker) -> None:
    async with Bus.connect(broker.url, "test") as bus, child(SERVICE, {"REMANSO_AMQP_URL": broker.url}) as service:
        await service.until("service.started")
        await bus.publisher.publish(turn_ready())
        await service.until("working")
        await bus.publisher.publish(turn_ready())
        service.process.terminate()
        assert await service.ended() == 0
        assert [line.strip() for line in service.lines if not line.startswith("{")] == ["working", "worked", "closed"]
        assert service.errors == ""

    async def only_the_second_is_left() -> bool:
        return await broker.depth(AGENT_TURN_READY.name) == 1

    await eventually(only_the_second_is_left)


async def test_sigterm_while_there_is_no_broker(unused_tcp_port: int) -> None:
    url = f"amqp://guest:s3cret@127.0.0.1:{unused_tcp_port}/"
    async with child(SERVICE, {"REMANSO_AMQP_URL": url}) as service:
        await service.until("bus.waiting_for_broker")
        service.process.terminate()
        assert await service.ended() == 0
        assert "s3cret" not in "".join(service.lines)
