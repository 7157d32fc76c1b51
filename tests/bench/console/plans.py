"""How PostgreSQL finds the rows: EXPLAIN of whatever a question asks, as it is asked."""

from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import event

from remanso.store import Store
from remanso.store.scoped import Scope
from remanso.store.views import Views


async def explain(store: Store, scope: Scope, ask: Callable[[Views], Awaitable[object]]) -> list[str]:
    """The plans' lines that say how a table is read, and for how long each statement took."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _u: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    async with store.transaction() as tx:
        connection = tx.connection.sync_connection
        event.listen(connection, "before_cursor_execute", note)
        await ask(tx.within(scope))
        event.remove(connection, "before_cursor_execute", note)
        plans = [
            await tx.connection.exec_driver_sql(f"EXPLAIN (ANALYZE, COSTS OFF) {statement}", parameters)
            for statement, parameters in asked
        ]
        return [line for plan in plans for (line,) in plan.all() if "Scan" in line or "Execution Time" in line]
