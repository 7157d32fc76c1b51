import asyncio

import httpx
import pytest

from remanso.runtime import ops
from remanso.runtime.ops import Check, ops_app


class Patient:
    """What the ops port looks at."""

    name, instance = "toy", "toy-1"

    def __init__(self, *, tasks: dict[str, bool] | None = None, checks: dict[str, Check] | None = None) -> None:
        self._tasks, self._checks = tasks or {}, checks or {}

    def tasks(self) -> dict[str, bool]:
        return self._tasks

    def checks(self) -> dict[str, Check]:
        return self._checks


def client(patient: Patient) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=ops_app(patient)), base_url="http://ops")


async def test_a_dead_task_is_not_healthy() -> None:
    async with client(Patient(tasks={"a": True, "b": False})) as http:
        answer = await http.get("/healthz")
        assert (answer.status_code, answer.json()["tasks"]) == (503, {"a": True, "b": False})


async def test_a_check_that_raises_or_hangs_counts_as_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ops, "CHECK_SECONDS", 0.01)

    async def hang() -> bool:
        return await asyncio.Event().wait()

    async def fine() -> bool:
        return True

    def broken() -> bool:
        raise OSError("down")

    async with client(Patient(checks={"hang": hang, "broken": broken, "fine": fine, "plain": lambda: True})) as http:
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json()["checks"] == {"hang": False, "broken": False, "fine": True, "plain": True}
