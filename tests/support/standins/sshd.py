"""A real sshd of our own on a free port, with a stand-in for Docker Compose: no containers, but files and states."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fleet.local.ports import free_ports

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") or ""

DOCKER = """#!/bin/sh
echo "$@" >> {log}
case "$1" in
  ps) project=$(echo "$3" | sed 's/.*=//')
      [ -f {home}/bots/$project/.running ] && printf 'web\\nworker\\n'; exit 0 ;;
  compose) shift ;;
  *) exit 64 ;;
esac
[ "$1" = version ] && exit 0
[ -f compose.yml ] || {{ echo "no configuration file provided: not found" >&2; exit 14; }}
case "$1" in
  up) [ -f .env ] || {{ echo "env file .env not found" >&2; exit 14; }}
      case "$*" in
        *--build*) rm -rf .image && mkdir .image && tar -c --exclude=./.image . | tar -x -C .image ;;
      esac
      cp .env .running ;;
  ps) [ -f .running ] && printf 'web\\nworker\\n' || true ;;
  down) rm -f .running ;;
  logs) echo "web-1  | 2026-11-25T12:00:00.000Z listening" ;;
  restart) [ -f .running ] || exit 1 ;;
  exec) [ -f .running ] && exec {dump} ;;
  *) echo "unknown command $1" >&2; exit 64 ;;
esac
"""


@dataclass
class Host:
    """`options` are what ssh needs to find and believe it."""

    home: Path
    options: tuple[str, ...]
    log: Path
    dump: Path
    """The pg_dump of the database's container: what a test puts there."""

    @property
    def address(self) -> str:
        return f"{getpass.getuser()}@127.0.0.1"

    def docker_calls(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@contextmanager
def ssh_host(folder: Path) -> Iterator[Host]:
    """Running inside the block; whoever logs in is ourselves, at `home`."""
    home, programs = folder / "home", folder / "bin"
    for place in (home, programs):
        place.mkdir(parents=True)
    (programs / "docker").write_text(DOCKER.format(log=folder / "docker.log", home=home, dump=folder / "pg_dump"))
    (programs / "docker").chmod(0o755)
    for key in ("host", "mine"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True)
    [port] = free_ports(1)
    (folder / "sshd_config").write_text(_config(folder, programs, port))
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    with subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=subprocess.DEVNULL) as server:
        try:
            _until_listening(port)
            options = ("-p", str(port), "-i", str(folder / "mine"), "-o", "StrictHostKeyChecking=no")
            yield Host(
                home, (*options, "-o", "UserKnownHostsFile=/dev/null"), folder / "docker.log", folder / "pg_dump"
            )
        finally:
            server.terminate()


def _config(folder: Path, programs: Path, port: int) -> str:
    return f"""Port {port}
ListenAddress 127.0.0.1
HostKey {folder / "host"}
PidFile {folder / "sshd.pid"}
AuthorizedKeysFile {folder / "mine.pub"}
PasswordAuthentication no
PermitRootLogin prohibit-password
StrictModes no
UsePAM no
SetEnv PATH={programs}:/usr/local/bin:/usr/bin:/bin HOME={folder / "home"}
"""


def _until_listening(port: int) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
