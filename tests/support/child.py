"""A real Python process of ours under test, with its output line by line and its signals."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).parents[2]


class Child:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.lines: list[str] = []
        self.errors = ""

    async def until(self, text: str) -> str:
        """Read on until a line of standard output holds `text`; gives that line."""
        assert self.process.stdout
        while line := (await self.process.stdout.readline()).decode():
            self.lines.append(line)
            if text in line:
                return line
        raise AssertionError(f"ended without {text!r}: {''.join(self.lines)}{await self._errors()}")

    async def ended(self) -> int:
        """Its exit code, with the rest of the output in `lines` and `errors`."""
        assert self.process.stdout
        self.lines += (await self.process.stdout.read()).decode().splitlines(keepends=True)
        self.errors = await self._errors()
        return await self.process.wait()

    async def _errors(self) -> str:
        assert self.process.stderr
        return (await self.process.stderr.read()).decode()


@contextlib.asynccontextmanager
async def child(
    source: str, environment: Mapping[str, str] = MappingProxyType({}), *, within: float = 40.0
) -> AsyncIterator[Child]:
    """Run `source` with no setting of ours but `environment` and a free ops port; it is killed after the block."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REMANSO_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        source,
        cwd=ROOT,
        env={**kept, "REMANSO_OPS_PORT": "0", "REMANSO_OPS_HOST": "127.0.0.1", **environment},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(within):
            yield Child(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.communicate()
