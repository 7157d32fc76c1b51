"""The sweep that sends letters. Whoever claims one sends it; who is killed before the end leaves it to the next."""

import asyncio
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter

from remanso.store.letters import Letter
from services.console.console import Console
from services.console.mail import wording
from services.console.mail.links import new_link, still_good
from services.console.mail.server import NotSent, handed_over
from services.console.mail.wording import FORGOTTEN, HANDOFF, INVITATION, MISSED, Text

LEASE = timedelta(minutes=2)
"""Longer than handing one over can take."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
MOST_TRIES = 12

LETTERS = Counter("remanso_console_letters_total", "E-mails to the team, by what became of a try.", ["kind", "outcome"])

log = structlog.get_logger()


class Post:
    """`stopping`: from then on no other letter is begun, so that none is cut off between the server and our rows."""

    def __init__(self, console: Console, stopping: asyncio.Event | None = None) -> None:
        self._console = console
        self._stopping = stopping or asyncio.Event()

    async def sweep(self) -> None:
        """Notes who is to be told of what waits for a person, and sends all that is due. Raises StoreUnavailable."""
        async with self._console.store.transaction() as tx:
            await tx.letters.note_handoffs()
        while not self._stopping.is_set() and (letter := await self._claim()):
            await self._send(letter)

    async def _claim(self) -> Letter | None:
        async with self._console.store.transaction() as tx:
            return await tx.letters.claim(LEASE)

    async def _send(self, letter: Letter) -> None:
        text = await self._text(letter)
        if text is None:
            await self._settle(letter, "moot")
            return
        settings = self._console.settings
        host = urlsplit(settings.console_url).hostname or "localhost"
        message = wording.message(letter, text, settings.console_smtp_from, host)
        try:
            async with handed_over(message, settings):
                await self._settle(letter, "sent")
        except NotSent as trouble:
            await self._trouble(letter, trouble)

    async def _trouble(self, letter: Letter, trouble: NotSent) -> None:
        why = str(trouble)
        if trouble.forever or letter.tries >= MOST_TRIES:
            log.error("letter.failed", letter_id=str(letter.id), kind=letter.kind, reason=why)
            await self._settle(letter, "failed", why)
            return
        log.warning("letter.postponed", letter_id=str(letter.id), kind=letter.kind, reason=why, tries=letter.tries)
        LETTERS.labels(letter.kind, "postponed").inc()
        pause = min(FIRST_PAUSE * 2 ** (letter.tries - 1), LONGEST_PAUSE)
        async with self._console.store.transaction() as tx:
            await tx.letters.postpone(letter, pause, why)

    async def _settle(self, letter: Letter, state: str, trouble: str | None = None) -> None:
        async with self._console.store.transaction() as tx:
            await tx.letters.settle(letter, state, trouble)
        LETTERS.labels(letter.kind, state).inc()

    async def _text(self, letter: Letter) -> Text | None:
        """None: nothing to say any more."""
        return await (self._of_handoff(letter) if letter.kind in (HANDOFF, MISSED) else self._of_link(letter))

    async def _of_handoff(self, letter: Letter) -> Text | None:
        console = self._console
        async with console.store.transaction() as tx:
            wanted = await tx.letters.wanted(letter)
        if wanted is None:
            return None
        link = console.link(f"/conversations/{wanted.conversation_id}")
        words = console.pages.words(letter.language)
        return wording.handoff(words, wanted, self._title(letter), link, console.link("/account"))

    async def _of_link(self, letter: Letter) -> Text | None:
        console = self._console
        if letter.kind == FORGOTTEN and letter.sealed is None:
            letter = await new_link(console, letter) or letter
        opened = await still_good(console, letter)
        if opened is None:
            return None
        link, words = console.link(opened.path), console.pages.words(letter.language)
        if letter.kind == INVITATION:
            return wording.invitation(words, self._title(letter), opened.by, link)
        return wording.forgotten(words, link) if letter.kind == FORGOTTEN else wording.reset(words, opened.by, link)

    def _title(self, letter: Letter) -> str:
        return self._console.clients.get(letter.client or "", letter.client or "")
