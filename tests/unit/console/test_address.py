"""Webhooks never reach a machine of ours, whatever the address looks like or its name means."""

import asyncio
import socket
from typing import Any

import pytest

from services.console.webhooks.address import Refused, check, look_up

PRIVATE = [
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://10.0.0.1/",
    "https://172.16.3.4/",
    "https://192.168.1.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data",
    "https://0.0.0.0/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://[::1]/",
    "https://[::]/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://[ff02::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://localhost/",
]
WRONG = [
    "http://example.org/",
    "ftp://example.org/",
    "https://",
    "//example.org/",
    "https://user:secret@example.org/",
    "https://example.org/#part",
    "https://exam ple.org/",
    "https://example.org:99999/",
    "https://[::1/",
    "https://example.org/\r\nhost: other",
    f"https://example.org/{'x' * 2000}",
]


@pytest.mark.parametrize("url", PRIVATE)
async def test_private_addresses_are_refused(url: str) -> None:
    with pytest.raises(Refused):
        await look_up(url, loopback=False)


@pytest.mark.parametrize("url", WRONG)
def test_what_is_no_public_https_address_is_refused_when_written_down(url: str) -> None:
    with pytest.raises(Refused):
        check(url, loopback=False)


@pytest.mark.parametrize("second", ["10.0.0.7", "::ffff:10.0.0.7"])
async def test_one_private_address_of_a_name_is_enough(second: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name may mean several machines; which one would be asked nobody can say."""
    means(monkeypatch, "93.184.216.34", second)
    with pytest.raises(Refused, match="private"):
        await look_up("https://hooks.example.org/x", loopback=False)


async def test_a_public_name_is_asked_at_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    means(monkeypatch, "93.184.216.34")
    place = await look_up("https://hooks.example.org:8443/x", loopback=False)
    assert (place.host, place.address, place.port) == ("hooks.example.org", "93.184.216.34", 8443)


async def test_on_a_developers_machine_only_loopback_goes_without_https(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await look_up("http://localhost:9/x", loopback=True)).port == 9
    means(monkeypatch, "93.184.216.34")
    with pytest.raises(Refused, match="https"):
        await look_up("http://hooks.example.org/", loopback=True)


def means(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """What the operating system answers to whoever looks the name up."""

    async def getaddrinfo(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in addresses]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
