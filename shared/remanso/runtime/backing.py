"""What a service with a database stands on: the store and the bus, opened, asked by `/readyz`, closed."""

import contextlib
from collections.abc import AsyncIterator

from remanso.bus import Bus
from remanso.runtime.process import Process
from remanso.runtime.schema import until_schema
from remanso.runtime.settings import StoreSettings
from remanso.store import Store


@contextlib.asynccontextmanager
async def backing(process: Process, settings: StoreSettings) -> AsyncIterator[tuple[Store, Bus]]:
    """Both, for as long as the block lasts. Waits for the broker, and for a database with the tables it needs."""
    database, amqp = settings.database_url.get_secret_value(), settings.amqp_url.get_secret_value()
    async with (
        Store.connect(database, name=process.instance, pool_size=settings.database_pool_size) as store,
        Bus.connect(amqp, process.instance) as bus,
    ):
        process.ready_when("bus", bus.healthy)
        process.ready_when("store", store.ping)
        await until_schema(store)
        yield store, bus
