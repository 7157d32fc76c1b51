"""Passwords: argon2id, in a thread, two at a time. Each hash takes 64 MiB and about 0.16 s (pwdlib's defaults)."""

import asyncio

from pwdlib import PasswordHash

SHORTEST, LONGEST = 10, 200
AT_ONCE = 2


class Passwords:
    """One for each process."""

    def __init__(self) -> None:
        self._hasher = PasswordHash.recommended()
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def verify(self, password: str, stored: str | None) -> bool:
        """Whether it is the one; without a stored hash it takes as long, so that time does not tell who exists."""
        if len(password) > LONGEST:
            return False
        known = stored or await self._hash_of_nobody()
        async with self._turn:
            right = await asyncio.to_thread(self._hasher.verify, password, known)
        return right and stored is not None

    async def _hash_of_nobody(self) -> str:
        self._nobody = self._nobody or await self.hash("nobody has this password")
        return self._nobody


def is_acceptable(password: str) -> bool:
    """Long is what counts (NIST SP 800-63B); anything of ten characters or more is taken."""
    return SHORTEST <= len(password) <= LONGEST
