"""The mail server: one message handed over, or why not."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from email.message import EmailMessage

import aiosmtplib

from services.console.settings import ConsoleSettings

SECONDS = 30.0
FAREWELL_SECONDS = 2.0


class NotSent(Exception):
    """`forever`: another try would end alike. The text holds no address."""

    def __init__(self, why: str, *, forever: bool = False) -> None:
        super().__init__(why)
        self.forever = forever


@asynccontextmanager
async def handed_over(message: EmailMessage, settings: ConsoleSettings) -> AsyncIterator[None]:
    """Inside the block the server has it. The farewell comes behind: whatever becomes of it changes nothing.

    Raises NotSent. A wrong password or sender is ours to mend: only what is about the recipient is final.
    """
    security = settings.console_smtp_security
    server = aiosmtplib.SMTP(
        hostname=settings.console_smtp_host,
        port=settings.console_smtp_port,
        username=settings.console_smtp_user or None,
        password=settings.console_smtp_password.get_secret_value() or None,
        use_tls=security == "tls",
        start_tls=security == "starttls",
        timeout=SECONDS,
    )
    try:
        with _told():
            async with asyncio.timeout(SECONDS):
                await server.connect()
                await server.send_message(message)
        yield
        await _farewell(server)
    finally:
        server.close()


async def _farewell(server: aiosmtplib.SMTP) -> None:
    with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
        await server.quit(timeout=FAREWELL_SECONDS)


@contextmanager
def _told() -> Iterator[None]:
    """The server's troubles in our words."""
    try:
        yield
    except aiosmtplib.SMTPRecipientsRefused as refused:
        codes = [each.code for each in refused.recipients]
        raise NotSent(f"recipient refused: {codes}", forever=min(codes) >= 500) from None
    except aiosmtplib.SMTPResponseException as refused:
        told = f"{type(refused).__name__} {refused.code}"
        raise NotSent(told, forever=isinstance(refused, aiosmtplib.SMTPDataError) and refused.code >= 500) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as trouble:
        raise NotSent(type(trouble).__name__) from None
