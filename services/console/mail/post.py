"""The sweep that sends letters. Whoever claims one sends it; who is killed before the end leaves it to the next."""

import json
from datetime import timedelta
from urllib.parse import urlsplit

import structlog
from prometheus_client import Counter
from uuid_utils.compat import uuid7

from remanso.store import Transaction
from remanso.store.letters import Letter
from services.console.console import Console
from services.console.mail import wording
from services.console.mail.server import NotSent, hand_over
from services.console.mail.wording import HANDOFF, INVITATION, RESET, Text
from services.console.secrets.sealed import Sealing

LEASE = timedelta(minutes=2)
"""Longer than handing one over can take."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
MOST_TRIES = 12
PURPOSE = "letter"

LETTERS = Counter("remanso_console_letters_total", "E-mails to the team, by what became of a try.", ["kind", "outcome"])

log = structlog.get_logger()


async def write(
    console: Console, tx: Transaction, kind: str, path: str, recipient: str, *, language: str, client: str, made_by: str
) -> None:
    """A letter with a secret link, in the transaction that makes the link. Nothing happens where mail is off."""
    if not console.settings.sends_mail:
        return
    letter_id = uuid7()
    sealed = Sealing(console.secret, PURPOSE).seal(letter_id, json.dumps({"path": path, "by": made_by}))
    await tx.letters.add(letter_id, kind, recipient, language=language, client=client, sealed=sealed)


class Post:
    def __init__(self, console: Console) -> None:
        self._console = console

    async def sweep(self) -> None:
        """Notes who is to be told of what waits for a person, and sends all that is due. Raises StoreUnavailable."""
        async with self._console.store.transaction() as tx:
            await tx.letters.note_handoffs()
        while letter := await self._claim():
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
        try:
            await hand_over(wording.message(letter, text, settings.console_smtp_from, host), settings)
        except NotSent as trouble:
            await self._trouble(letter, trouble)
        else:
            await self._settle(letter, "sent")

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
        console, words = self._console, self._console.pages.words(letter.language)
        title = console.clients.get(letter.client or "", letter.client or "")
        if letter.kind == HANDOFF:
            async with console.store.transaction() as tx:
                wanted = await tx.letters.wanted(letter)
            if wanted is None:
                return None
            link = console.link(f"/conversations/{wanted.conversation_id}")
            return wording.handoff(words, wanted, title, link, console.link("/account"))
        opened = json.loads(Sealing(console.secret, PURPOSE).open(letter.id, letter.sealed) or "null")
        if opened is None:
            return None
        link = console.link(opened["path"])
        if letter.kind == INVITATION:
            return wording.invitation(words, title, opened["by"], link)
        return wording.reset(words, opened["by"], link) if letter.kind == RESET else None
