"""Installing RabbitMQ's package on Debian and Ubuntu, without the broker the package would start."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fleet.local.premises import Premises
from fleet.local.ways import Tell, WayUnavailable

PACKAGE = "rabbitmq-server"
POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian asks this program whether a package may start its service; exit code 101 says no."""


async def install_rabbitmq(premises: Premises, tell: Tell) -> None:
    """Install the package; its service is neither started nor enabled. Raises WayUnavailable where that cannot be."""
    if not shutil.which("apt-get"):
        raise WayUnavailable(f"{PACKAGE} is not installed")
    if os.geteuid() != 0:
        raise WayUnavailable(f"{PACKAGE} is not installed, and installing it takes root (apt-get install {PACKAGE})")
    tell(f"installing {PACKAGE} with apt-get (its own service stays off)")
    with _no_service_starts():
        code, said = await _apt(premises, "install", "--no-install-recommends", PACKAGE)
        if code != 0:  # the package lists are missing or out of date
            await _apt(premises, "update")
            code, said = await _apt(premises, "install", "--no-install-recommends", PACKAGE)
    if code != 0:
        raise WayUnavailable(f"apt-get install {PACKAGE} failed: {said[-300:]}")
    await premises.run("update-rc.d", PACKAGE, "disable")


async def _apt(premises: Premises, verb: str, *arguments: str) -> tuple[int, str]:
    # Another apt-get may be at work: wait for its lock instead of failing.
    command = ("apt-get", verb, "-y", "-qq", "-o", "DPkg::Lock::Timeout=300", *arguments)
    return await premises.run(*command, environment={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Keep Debian from starting services meanwhile, unless the machine already has a policy of its own."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink(missing_ok=True)
