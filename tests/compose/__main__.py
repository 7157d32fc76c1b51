"""`make compose-check`: containers are killed, scaled and started again under load; nothing may be lost or doubled.

Needs a Docker engine with Compose v2 and the images that docker-compose.yml names; builds `remanso:dev` first.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.compose.report import report
from tests.compose.stack import compose_stack
from tests.compose.trial import SCALE, try_containers
from tests.support.clients import ROOT


def engine_answers() -> bool:
    return shutil.which("docker") is not None and not subprocess.run(["docker", "info"], capture_output=True).returncode


async def check(contacts: int, seed: int, overlays: tuple[Path, ...]) -> int:
    with tempfile.TemporaryDirectory(prefix="remanso-compose-") as name:
        folder = Path(name)
        async with compose_stack(folder, os.environ, SCALE, *overlays) as stack:
            outcome = await try_containers(stack, folder / "ledger" / "ledger.txt", contacts, seed)
    print(report(outcome))
    return bool(outcome.wrong)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=12, help="who write all the time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--overlay", type=Path, action="append", default=[], help="such as deploy/compose.scale.yml")
    parser.add_argument("--built", action="store_true", help="the image is there already")
    asked = parser.parse_args()
    if not engine_answers():
        print("no Docker engine answers: start one, or set DOCKER_HOST", file=sys.stderr)
        return 2
    if not asked.built:
        subprocess.run(["docker", "compose", "build", "-q", "ingress"], cwd=ROOT, check=True)
    return asyncio.run(check(asked.contacts, asked.seed, tuple(map(Path.resolve, asked.overlay))))


if __name__ == "__main__":
    sys.exit(main())
