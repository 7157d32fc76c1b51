"""TCP ports of this machine."""

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

LOOPBACK = "127.0.0.1"
QUIET = range(15_000, 32_000)
"""Below what Linux gives to outgoing connections (net.ipv4.ip_local_port_range): none of them takes a port of ours
between our choice of it and the start of the server it is for."""


def free_ports(count: int) -> list[int]:
    """Ports nobody listens on now, drawn at random; all different because they are held together."""
    with ExitStack() as held:
        return [_hold_one(held) for _ in range(count)]


def _hold_one(held: ExitStack) -> int:
    for port in random.sample(QUIET, 200):
        probe = held.enter_context(socket.socket())
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            continue
        return port
    raise OSError(f"none of 200 ports between {QUIET.start} and {QUIET.stop} is free")


def is_free(port: int) -> bool:
    """Whether a server could listen on it, on all addresses."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", port))
        except OSError:
            return False
        return True


@contextmanager
def usual_or_free(port: int) -> Iterator[int]:
    """`port` where it is free and no other stack of ours is about to use it, else another one.

    A server listens only seconds after its port was chosen: until the block ends a lock speaks for it.
    """
    with (Path(tempfile.gettempdir()) / f"remanso-port-{port}-{os.getuid()}.lock").open("a") as claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield free_ports(1)[0]
            return
        yield port if is_free(port) else free_ports(1)[0]
