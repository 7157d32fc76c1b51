"""A mail server on a real socket, and a console that sends by it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, Envelope, Session

from services.console.console import Console


@dataclass
class MailServer:
    """Takes what it is given; `answer` is what it says to a recipient, `stuck` keeps it from answering at all."""

    port: int = 0
    answer: str = "250 OK"
    stuck_at: str = ""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it so
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._stick("RCPT")
        envelope.rcpt_tos.append(address)
        return self.answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail = message_from_bytes(bytes(envelope.original_content or b""), policy=policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        await self._stick("DATA")
        return "250 taken"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await self._stick("QUIT")
        return "221 bye"

    async def _stick(self, at: str) -> None:
        if self.stuck_at == at:
            self.reached.set()
            await asyncio.Event().wait()

    def to(self, address: str) -> list[EmailMessage]:
        return [mail for mail in self.mails if mail["To"] == address]


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    mails = MailServer()
    listening = await asyncio.get_running_loop().create_server(lambda: SMTP(mails, hostname="mail"), "127.0.0.1", 0)
    mails.port = listening.sockets[0].getsockname()[1]
    yield mails
    listening.close()


def by_mail(console: Console, server: MailServer) -> Console:
    """The same console, with mail."""
    settings = {
        "console_smtp_host": "127.0.0.1",
        "console_smtp_port": server.port,
        "console_smtp_security": "none",
        "console_smtp_from": "Remanso <bot@example.org>",
    }
    return replace(console, settings=console.settings.model_copy(update=settings))
