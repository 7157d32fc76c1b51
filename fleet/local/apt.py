"""Installing RabbitMQ's package on Debian and Ubuntu, without the broker the package would start."""

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE, STDOUT

from fleet.local.ways import Tell, WayUnavailable

PACKAGE = "rabbitmq-server"

# Debian asks policy-rc.d whether a package may start its service; exit code 101 says no. A machine's own policy is
# left alone. The first attempt fails where the package lists are missing or out of date. Another apt-get may be at
# work: its lock is waited for.
SCRIPT = f"""
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
    trap 'rm -f $policy' EXIT
    printf '#!/bin/sh\\nexit 101\\n' >$policy
    chmod 755 $policy
fi
apt() {{ DEBIAN_FRONTEND=noninteractive apt-get -y -qq -o DPkg::Lock::Timeout=300 "$@"; }}
install() {{ apt install --no-install-recommends {PACKAGE}; }}
install || {{ apt update && install; }} || exit
update-rc.d {PACKAGE} disable
"""


async def install_rabbitmq(tell: Tell) -> None:
    """Install the package; its service is neither started nor enabled. Raises WayUnavailable where that cannot be."""
    if not shutil.which("apt-get"):
        raise WayUnavailable(f"{PACKAGE} is not installed")
    if os.geteuid() != 0:
        raise WayUnavailable(f"{PACKAGE} is not installed, and installing it takes root (apt-get install {PACKAGE})")
    tell(f"installing {PACKAGE} with apt-get (its own service stays off)")
    installing = asyncio.create_task(_run_script())
    try:
        code, said = await asyncio.shield(installing)
    except asyncio.CancelledError:
        tell("waiting for apt-get: a package must not stay half installed")
        await installing
        raise
    if code != 0:
        raise WayUnavailable(f"apt-get install {PACKAGE} failed: {said[-300:]}")


async def _run_script() -> tuple[int | None, str]:
    """Not through Premises, and in a session of its own: it goes on to its end even if we are killed."""
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", SCRIPT, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT, start_new_session=True
    )
    said, _ = await process.communicate()
    return process.returncode, said.decode(errors="replace").strip()
