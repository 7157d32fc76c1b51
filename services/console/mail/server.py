"""The mail server: one message handed over, or why not."""

import asyncio
from email.message import EmailMessage

import aiosmtplib

from services.console.settings import ConsoleSettings

SECONDS = 30.0


class NotSent(Exception):
    """`forever`: another try would end alike. The text holds no address."""

    def __init__(self, why: str, *, forever: bool = False) -> None:
        super().__init__(why)
        self.forever = forever


async def hand_over(message: EmailMessage, settings: ConsoleSettings) -> None:
    """Raises NotSent. A wrong password or sender is ours to mend: only what is about the recipient is final."""
    security = settings.console_smtp_security
    try:
        async with asyncio.timeout(SECONDS):
            await aiosmtplib.send(
                message,
                hostname=settings.console_smtp_host,
                port=settings.console_smtp_port,
                username=settings.console_smtp_user or None,
                password=settings.console_smtp_password.get_secret_value() or None,
                use_tls=security == "tls",
                start_tls=security == "starttls",
                timeout=SECONDS,
            )
    except aiosmtplib.SMTPRecipientsRefused as refused:
        codes = [each.code for each in refused.recipients]
        raise NotSent(f"recipient refused: {codes}", forever=min(codes) >= 500) from None
    except aiosmtplib.SMTPResponseException as refused:
        told = f"{type(refused).__name__} {refused.code}"
        raise NotSent(told, forever=isinstance(refused, aiosmtplib.SMTPDataError) and refused.code >= 500) from None
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as trouble:
        raise NotSent(type(trouble).__name__) from None
