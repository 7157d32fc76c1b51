"""A request's raw bytes, never more of them in memory than a door allows."""

import asyncio

from starlette.requests import Request

from remanso.errors import BadInput

MOST_SECONDS = 10.0


class TooLarge(Exception):
    """More bytes than the door allows."""


async def whole(request: Request, most: int) -> bytes:
    """The body. Raises TooLarge as soon as that is known, BadInput where it does not end in time."""
    body = bytearray()
    try:
        async with asyncio.timeout(MOST_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise TooLarge
    except TimeoutError:
        raise BadInput(f"the body did not end within {MOST_SECONDS:.0f} s") from None
    return bytes(body)
