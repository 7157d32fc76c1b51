"""Debian's Pushgateway behind a password, and a Prometheus that scrapes it and nothing else."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from fleet.local.ports import LOOPBACK, free_ports
from tests.support.waiting import eventually

USER, PASSWORD = "remanso", "push-password-0001"
HASHED = "$2b$04$pSASBgsFa/wxCJao5aW42.YrA63064Ks6X/Rq2/tbTEtyPE0zXmDi"


class Pushgateway:
    """Its HTTP API, as far as we ask it."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url = url
        self._http = http

    def environment(self) -> dict[str, str]:
        """What a process is told that pushes to it, twice a second."""
        return {
            "REMANSO_METRICS_PUSH_URL": self.url,
            "REMANSO_METRICS_PUSH_USER": USER,
            "REMANSO_METRICS_PUSH_PASSWORD": PASSWORD,
            "REMANSO_METRICS_PUSH_SECONDS": "1",
        }

    async def groups(self) -> list[dict[str, str]]:
        """The labels of each group."""
        answer = await self._http.get("/api/v1/metrics")
        return [group["labels"] for group in answer.json()["data"]]


def program(name: str) -> str:
    """Where it is. Without it the test is skipped, but never where CI is set: there it fails."""
    if path := shutil.which(name):
        return path
    if os.environ.get("CI"):
        pytest.fail(f"no {name} on this machine: make machine")
    pytest.skip(f"no {name} on this machine: make machine")


@asynccontextmanager
async def pushgateway(folder: Path) -> AsyncIterator[Pushgateway]:
    """Running, with nothing pushed yet."""
    [port] = free_ports(1)
    web = folder / "web.yml"
    web.write_text(f"basic_auth_users:\n  {USER}: '{HASHED}'\n")
    command = (f"--web.listen-address={LOOPBACK}:{port}", f"--web.config.file={web}", "--persistence.file=",
               "--log.level=error")  # fmt: skip
    process = await asyncio.create_subprocess_exec(program("prometheus-pushgateway"), *command)
    url = f"http://{LOOPBACK}:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, auth=(USER, PASSWORD), trust_env=False) as http:
            await eventually(lambda: _ready(http), within=30)
            yield Pushgateway(url, http)
    finally:
        process.terminate()
        await process.wait()


async def _ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/-/ready")).is_success
    except httpx.TransportError:
        return False
