"""A request's raw bytes, never more of them in memory than a webhook may have."""

import asyncio

from starlette.requests import Request

MOST_BYTES = 4 << 20
"""Meta sends up to 3 MB."""
MOST_SECONDS = 10.0


class TooLarge(Exception):
    """More than `MOST_BYTES`."""


async def raw_body(request: Request) -> bytes:
    """The body. Raises TooLarge as soon as that is known, TimeoutError after `MOST_SECONDS`."""
    announced = request.headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and int(announced) > MOST_BYTES:
        raise TooLarge
    body = bytearray()
    async with asyncio.timeout(MOST_SECONDS):
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                raise TooLarge
    return bytes(body)
