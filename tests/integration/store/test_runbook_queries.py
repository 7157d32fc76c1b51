"""What the runbook has an operator ask PostgreSQL can be asked."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from remanso.store import Store

RUNBOOK = Path(__file__).parents[3] / "docs" / "runbook.md"
BLOCKS = re.findall(r"```sql\n(.*?)```", RUNBOOK.read_text("utf-8"), re.DOTALL)
QUERIES = [query.strip() for block in BLOCKS for query in re.sub(r"--.*", "", block).split(";") if query.strip()]


@pytest.mark.parametrize("query", QUERIES)
async def test_a_query_of_the_runbook(store: Store, query: str) -> None:
    async with store.transaction() as tx:
        await tx.connection.execute(text(query))
