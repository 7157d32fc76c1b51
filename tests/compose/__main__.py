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

from tests.compose.loss import lose_and_restore
from tests.compose.plan import tried_out
from tests.compose.production import production
from tests.compose.report import report
from tests.compose.rounds import enter_app, make_rounds
from tests.compose.stack import compose_stack
from tests.compose.trial import SCALE, Outcome, try_containers
from tests.support.clients import ROOT

LEDGER = Path("ledger") / "ledger.txt"


def engine_answers() -> bool:
    return shutil.which("docker") is not None and not subprocess.run(["docker", "info"], capture_output=True).returncode


async def check(contacts: int, seed: int, overlays: tuple[Path, ...]) -> bool:
    with tempfile.TemporaryDirectory(prefix="remanso-compose-") as name:
        folder = Path(name)
        async with compose_stack(tried_out(folder, os.environ, *overlays), SCALE) as stack:
            return _told(await try_containers(stack, folder / LEDGER, contacts, seed))


async def check_production(contacts: int, seed: int) -> bool:
    """The same under deploy/compose.production.yml; then what an operator looks at, and a restored backup."""
    with tempfile.TemporaryDirectory(prefix="remanso-compose-") as name:
        folder = Path(name)
        async with compose_stack(production(folder, os.environ), SCALE) as stack:
            await enter_app(stack)
            outcome = await try_containers(stack, folder / LEDGER, contacts, seed)
            outcome.seen += [*await make_rounds(stack), await lose_and_restore(stack, folder / LEDGER)]
            return _told(outcome)


def _told(outcome: Outcome) -> bool:
    """Whether all was right; printed before anything is taken down."""
    print(report(outcome), flush=True)
    return not outcome.wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=12, help="who write all the time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--overlay", type=Path, action="append", default=[], help="such as deploy/compose.scale.yml")
    parser.add_argument("--production", action="store_true", help="deploy/compose.production.yml, its panel and backup")
    parser.add_argument("--built", action="store_true", help="the images are there already")
    asked = parser.parse_args()
    if not engine_answers():
        print("no Docker engine answers: start one, or set DOCKER_HOST", file=sys.stderr)
        return 2
    if not asked.built:
        images = ("ingress", "operations") if asked.production else ("ingress",)
        subprocess.run(["docker", "compose", "build", "-q", *images], cwd=ROOT, check=True)
    right = asyncio.run(
        check_production(asked.contacts, asked.seed)
        if asked.production
        else check(asked.contacts, asked.seed, tuple(map(Path.resolve, asked.overlay)))
    )
    return not right


if __name__ == "__main__":
    sys.exit(main())
