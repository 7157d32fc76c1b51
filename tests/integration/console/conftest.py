from collections.abc import AsyncIterator

import pytest

from remanso.store import Store


@pytest.fixture(scope="module")
async def store(database_url: str) -> AsyncIterator[Store]:
    async with Store.connect(database_url) as connected:
        yield connected
