"""The edge's own configuration in a real nginx, before an ingress and a console that say what they got."""

import shutil
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from fleet.local.ports import free_ports
from fleet.local.premises import open_premises
from remanso.channels.whatsapp.signature import HEADER
from remanso.runtime.http import serving
from tests.support.authority import Authority
from tests.support.waiting import eventually

CONFIGURATION = Path(__file__).parents[3] / "deploy" / "edge" / "nginx.conf"
NGINX = shutil.which("nginx")
WEBHOOK = "/webhooks/whatsapp"
SIGNED = {HEADER: "sha256=" + "0" * 64}

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (tests/install.sh)")


@dataclass(frozen=True)
class Edge:
    http: httpx.AsyncClient
    plain_port: int


def echo(name: str) -> Starlette:
    async def tell(request: Request) -> Response:
        told = {"behind": name, "body": len(await request.body()), "headers": dict(request.headers)}
        return JSONResponse(told)

    return Starlette(routes=[Route("/{path:path}", tell, methods=["GET", "POST"])])


@pytest.fixture
async def edge() -> AsyncIterator[Edge]:
    """A fresh nginx for each test: it remembers who came too often."""
    folder = Path(tempfile.mkdtemp(prefix="edge-"))
    async with AsyncExitStack() as opened:
        opened.callback(shutil.rmtree, folder)
        ports = {name: await opened.enter_async_context(serving(echo(name), "127.0.0.1", 0)) for name in BEHIND}
        plain, tls = free_ports(2)
        authority = Authority(folder)
        (folder / "nginx.conf").write_text(adapted(folder, ports, plain, tls, authority))
        premises = await opened.enter_async_context(open_premises())
        process = await premises.start(NGINX or "", "-c", folder / "nginx.conf", "-p", folder, "-g", "daemon off;")
        opened.push_async_callback(premises.stop, process)
        trust = ssl.create_default_context(cafile=str(authority.certificate))
        http = await opened.enter_async_context(httpx.AsyncClient(base_url=f"https://127.0.0.1:{tls}", verify=trust))
        await eventually(lambda: answers(http))
        yield Edge(http, plain)


BEHIND = ("ingress", "console", "collector")


def adapted(folder: Path, ports: dict[str, int], plain: int, tls: int, authority: Authority) -> str:
    """As it is shipped, but for addresses, folders, and what is counted in a second."""
    certificate, key = authority.certify("edge")
    changes = {
        "/tmp/": f"{folder}/",
        "rate=1r/s": "rate=1r/m",  # a loaded machine asks slowly
        "rate=20r/s": "rate=20r/m",
        "rate=200r/s": "rate=200r/m",
        "listen 8080": f"listen 127.0.0.1:{plain}",
        "listen 8443": f"listen 127.0.0.1:{tls}",
        "/run/secrets/edge_certificate": str(certificate),
        "/run/secrets/edge_key": str(key),
        "http://ingress:8000": f"http://127.0.0.1:{ports['ingress']}",
        "http://console:8000": f"http://127.0.0.1:{ports['console']}",
        "http://collector:8000": f"http://127.0.0.1:{ports['collector']}",
    }
    text = CONFIGURATION.read_text()
    for shipped, ours in changes.items():
        assert shipped in text, shipped
        text = text.replace(shipped, ours)
    return "user root;\n" + text


async def answers(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/")).is_success
    except httpx.TransportError:
        return False


async def test_each_gets_what_is_theirs_and_is_told_who_calls(edge: Edge) -> None:
    forged = {"X-Forwarded-For": "6.6.6.6", **SIGNED}
    webhook = (await edge.http.post(WEBHOOK, content=b"{}", headers=forged)).json()
    assert (webhook["behind"], webhook["headers"]["x-forwarded-for"]) == ("ingress", "127.0.0.1")
    assert webhook["headers"][HEADER.lower()] == SIGNED[HEADER]
    assert (await edge.http.get("/inbox")).json()["behind"] == "console"
    assert (await edge.http.post("/collector/apps/espiga/drain")).json()["behind"] == "collector"
    async with httpx.AsyncClient() as plain:
        moved = await plain.get(f"http://127.0.0.1:{edge.plain_port}/inbox")
    assert (moved.status_code, moved.headers["location"]) == (301, "https://127.0.0.1/inbox")


async def test_no_more_than_each_place_takes(edge: Edge) -> None:
    async def status(path: str, megabytes: int) -> int:
        return (await edge.http.post(path, content=b"x" * (megabytes << 20), headers=SIGNED)).status_code

    assert [await status(WEBHOOK, size) for size in (4, 5)] == [200, 413]
    assert [await status("/collector/apps/espiga/drain", size) for size in (4, 5)] == [200, 413]
    assert [await status("/login", size) for size in (2, 3)] == [200, 413]
    for path in ("/conversations/1/say", "/api/v1/conversations/1/attachments"):
        assert await status(path, 16) == 200
    for path in ("/conversations/1/note", "/clients/a/catalogue", "/api/v1/conversations/1/messages"):
        assert await status(path, 3) == 413


async def test_unsigned_webhooks_are_slowed_down_and_signed_ones_never(edge: Edge) -> None:
    unsigned = [(await edge.http.post(WEBHOOK, content=b"{}")).status_code for _ in range(30)]
    assert unsigned.count(429) >= 10
    signed = [(await edge.http.post(WEBHOOK, content=b"{}", headers=SIGNED)).status_code for _ in range(60)]
    assert set(signed) == {200}


async def test_people_who_ask_without_pause_are_slowed_down(edge: Edge) -> None:
    statuses = [(await edge.http.get("/inbox")).status_code for _ in range(200)]
    assert set(statuses[:50]) == {200}
    assert 429 in statuses
