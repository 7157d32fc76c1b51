"""The verification of the callback URL, which Meta makes when the URL is set."""

import asyncio
import contextlib
import secrets

from services.simulator.webhooks.delivery import WebhookPost

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


class Handshake:
    """Whether the business's endpoint has proved that it knows the verify token. Webhooks are not held back for it."""

    def __init__(self, post: WebhookPost, verify_token: str) -> None:
        self.verified = False
        self._post = post
        self._verify_token = verify_token

    async def shake(self) -> bool:
        """Ask once, with a new challenge; remembers and returns the outcome."""
        challenge = str(1_000_000_000 + secrets.randbelow(9_000_000_000))
        self.verified = await self._post.shake_hands(self._verify_token, challenge)
        return self.verified

    async def until_verified(self, stopping: asyncio.Event) -> None:
        """Ask until the endpoint answers well (the simulator may start before it) or `stopping` is set."""
        pause = _FIRST_PAUSE
        while not stopping.is_set() and not await self.shake():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await stopping.wait()
            pause = min(_LONGEST_PAUSE, pause * 2)
