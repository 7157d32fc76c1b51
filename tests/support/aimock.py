"""`@copilotkit/aimock`, a third party's stand-in for OpenAI, where Node is there to run it.

It is installed by npm into a temporary folder, in one pinned version and without running anybody's install scripts.
"""

import asyncio
import json
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from remanso.runtime.http import serving

PACKAGE = "@copilotkit/aimock@1.43.0"
INSTALL_SECONDS = 60


@dataclass
class AiMock:
    """Where it is asked, and every request body it was sent.

    The bodies are taken down by a relay in front of it: its own journal keeps those of Responses only translated.
    """

    base_url: str
    bodies: list[dict[str, Any]] = field(default_factory=list)


@asynccontextmanager
async def aimock(folder: Path, fixtures: list[dict[str, Any]]) -> AsyncIterator[AiMock]:
    """A running aimock that knows these fixtures and refuses everything else. Skips the test where it cannot be had."""
    command = await _installed(folder)
    known = folder / "fixtures.json"
    known.write_text(json.dumps({"fixtures": fixtures}), "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(str(command), "-p", "0", "-h", "127.0.0.1", "-f", str(known), "--strict"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(30):
            address = await _address(process)
        async with httpx.AsyncClient(base_url=address) as peer:
            mock = AiMock("")
            async with serving(_relay(peer, mock.bodies), "127.0.0.1", 0) as port:
                mock.base_url = f"http://127.0.0.1:{port}/v1"
                yield mock
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _relay(peer: httpx.AsyncClient, bodies: list[dict[str, Any]]) -> Starlette:
    async def pass_on(request: Request) -> Response:
        body = await request.body()
        bodies.append(json.loads(body))
        answer = await peer.post(request.url.path, content=body, headers={"content-type": "application/json"})
        return Response(answer.content, answer.status_code, media_type="application/json")

    return Starlette(routes=[Route("/v1/{path:path}", pass_on, methods=["POST"])])


async def _installed(folder: Path) -> Path:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("aimock needs Node and npm")
    options = ("--no-audit", "--no-fund", "--ignore-scripts", "--silent", "--prefix", str(folder))
    process = await asyncio.create_subprocess_exec(
        npm, "install", *options, PACKAGE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    try:
        async with asyncio.timeout(INSTALL_SECONDS):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        pytest.skip(f"npm did not install {PACKAGE} within {INSTALL_SECONDS} s")
    if process.returncode != 0:
        pytest.skip(f"npm cannot install {PACKAGE}: {output.decode()[-200:].strip() or process.returncode}")
    return folder / "node_modules" / ".bin" / "llmock"


async def _address(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    said = b""
    while line := await process.stdout.readline():
        said += line
        if listening := re.search(rb"listening on (http://\S+)", line):
            return listening[1].decode()
    raise RuntimeError(f"aimock did not start: {said.decode()}")
