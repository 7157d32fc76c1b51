"""Debian's Prometheus over the running stack, with the product's own scrape settings and rules."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import yaml

from deploy.prometheus.rules import FOLDER as RULES
from fleet.local.ports import LOOPBACK, free_ports
from fleet.local.stack import LocalStack
from tests.support.waiting import eventually

SETTINGS = Path(__file__).parents[2] / "deploy" / "prometheus" / "prometheus.yml"
PUSHED = SETTINGS.with_name("apps.yml")
EVERY = "1s"


class Prometheus:
    """Its HTTP API, as far as we ask it."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def range(self, query: str, start: float, end: float, step: float) -> list[dict[str, Any]]:
        """The series of `query` between two Unix times. Raises HTTPStatusError where it is not understood."""
        asked = {"query": query, "start": str(start), "end": str(end), "step": str(step)}
        found = await self._get("query_range", asked)
        return list(found["result"])

    async def instant(self, query: str) -> list[dict[str, Any]]:
        return list((await self._get("query", {"query": query}))["result"])

    async def rules(self) -> list[dict[str, Any]]:
        return [rule for group in (await self._get("rules", {}))["groups"] for rule in group["rules"]]

    async def targets(self) -> dict[str, list[str]]:
        """{job: health of each target}."""
        found: dict[str, list[str]] = {}
        for target in (await self._get("targets", {}))["activeTargets"]:
            found.setdefault(target["labels"]["job"], []).append(target["health"])
        return found

    async def _get(self, path: str, asked: Mapping[str, str]) -> Any:
        answer = await self._http.get(f"/api/v1/{path}", params=dict(asked))
        if answer.is_error:
            raise ValueError(f"{asked}: {answer.text}")
        return answer.json()["data"]


@asynccontextmanager
async def prometheus_over(stack: LocalStack, folder: Path) -> AsyncIterator[Prometheus]:
    """Running, every target of it up."""
    async with prometheus_with(settings_for(stack), folder) as prometheus:
        yield prometheus


@asynccontextmanager
async def prometheus_with(settings: Mapping[str, Any], folder: Path) -> AsyncIterator[Prometheus]:
    """The same with these settings."""
    program = shutil.which("prometheus")
    if program is None:
        raise FileNotFoundError("no prometheus on this machine: `make machine`")
    [port] = free_ports(1)
    file = folder / "prometheus.yml"
    file.write_text(yaml.safe_dump(dict(settings)))
    command = (f"--config.file={file}", f"--storage.tsdb.path={folder}/tsdb",
               f"--web.listen-address={LOOPBACK}:{port}", "--log.level=warn")  # fmt: skip
    process = await asyncio.create_subprocess_exec(program, *command)
    try:
        async with httpx.AsyncClient(base_url=f"http://{LOOPBACK}:{port}", timeout=30, trust_env=False) as http:
            prometheus = Prometheus(http)
            await eventually(lambda: _all_up(prometheus), within=60)
            yield prometheus
    finally:
        process.terminate()
        await process.wait()


def pushed_settings(gateway_url: str, user: str, password: str, stack: LocalStack | None = None) -> dict[str, Any]:
    """The file for a fleet of apps that push, with this gateway; with a stack its broker is scraped, too."""
    settings = yaml.safe_load(PUSHED.read_text("utf-8"))
    settings["global"] = {"scrape_interval": EVERY, "evaluation_interval": EVERY}
    settings["rule_files"] = [str(RULES / "*.yml")]
    [job] = [each for each in settings["scrape_configs"] if each["job_name"] == "pushgateway"]
    job["static_configs"] = [{"targets": [urlsplit(gateway_url).netloc]}]
    job["basic_auth"] = {"username": user, "password": password}
    job["scheme"] = "http"
    kept = [each for each in settings_for(stack)["scrape_configs"] if "rabbitmq" in each["job_name"]] if stack else []
    return {**settings, "scrape_configs": [job, *kept]}


def settings_for(stack: LocalStack) -> dict[str, Any]:
    """The committed file, its names of services replaced by where they listen here."""
    settings = yaml.safe_load(SETTINGS.read_text("utf-8"))
    settings["global"] = {"scrape_interval": EVERY, "evaluation_interval": EVERY}
    settings["rule_files"] = [str(RULES / "*.yml")]
    broker = urlsplit(stack.broker.metrics_url or "").netloc
    run_here = {*stack.metrics, "rabbitmq", "rabbitmq-queues"}
    settings["scrape_configs"] = [job for job in settings["scrape_configs"] if job["job_name"] in run_here]
    for job in settings["scrape_configs"]:
        urls = stack.metrics.get(job["job_name"])
        job.pop("dns_sd_configs", None)
        job["static_configs"] = [{"targets": [urlsplit(url).netloc for url in urls] if urls else [broker]}]
    return dict(settings)


async def _all_up(prometheus: Prometheus) -> bool:
    try:
        targets = await prometheus.targets()
    except (httpx.HTTPError, ValueError):  # not there yet, or still reading its disk
        return False
    return bool(targets) and all(health == "up" for each in targets.values() for health in each)
