"""Where webhooks may go: to the open internet over https, and never to a machine of ours.

Somebody who may write down an address could otherwise have us ask our own network for them. So the name is looked up
here, every address it has must be a public one, and the request then goes to that very address: what the name says a
moment later does not count.
"""

import asyncio
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

LONGEST = 2000
PRIVATE = "the host is in a private network: use one that is reachable from the internet"
_NAT64 = IPv6Network("64:ff9b::/96")
"""Wraps an IPv4 address (RFC 6052), and is public by itself."""


class Refused(Exception):
    """Nothing may be sent there; the text says why, and what would do."""


@dataclass(frozen=True)
class Place:
    """`address` is what `host` means now."""

    scheme: str
    host: str
    address: str
    port: int


def check(url: str, *, loopback: bool) -> None:
    """What can be told of an address without looking it up. Raises Refused."""
    _, host, _ = _taken_apart(url, loopback=loopback)
    try:
        address = ip_address(host)
    except ValueError:
        return
    if not _may(address, loopback=loopback):
        raise Refused(PRIVATE)


async def look_up(url: str, *, loopback: bool) -> Place:
    """The place that `url` names; with `loopback` it may also be this machine, over http. Raises Refused."""
    scheme, host, port = _taken_apart(url, loopback=loopback)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused("the name of the host cannot be found") from None
    addresses = [ip_address(str(each[4][0]).partition("%")[0]) for each in found]
    if not addresses or not all(_may(each, loopback=loopback) for each in addresses):
        raise Refused(PRIVATE)
    if scheme == "http" and not all(each.is_loopback for each in addresses):
        raise Refused("use https")
    return Place(scheme, host, str(addresses[0]), port)


def _taken_apart(url: str, *, loopback: bool) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Refused("this is no web address") from None
    if not host or len(url) > LONGEST or any(sign <= " " or sign == "\x7f" for sign in url):
        raise Refused("this is no web address")
    if parts.username or parts.password or parts.fragment:
        raise Refused("leave out user name, password and #: we sign what we send")
    if parts.scheme != "https" and not (loopback and parts.scheme == "http"):
        raise Refused("use https")
    return parts.scheme, host, port or (443 if parts.scheme == "https" else 80)


def _may(address: IPv4Address | IPv6Address, *, loopback: bool) -> bool:
    inner = _inner(address) if isinstance(address, IPv6Address) else None
    if inner is not None and not _may(inner, loopback=loopback):
        return False
    return (address.is_global and not address.is_multicast) or (loopback and address.is_loopback)


def _inner(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for: mapped, or through a gateway."""
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)
