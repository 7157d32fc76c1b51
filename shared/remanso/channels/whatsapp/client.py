"""Talks to Meta's Graph API: sends a message, marks one as read.

There is no idempotency key on a send, so the one thing that counts is whether a request was written: before that it may
be repeated freely, after that only an answer or a receipt tells what happened.
"""

import asyncio
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import SecretStr

from remanso.channels.whatsapp.answers import outcome_of
from remanso.channels.whatsapp.errors import RefusalKind
from remanso.channels.whatsapp.health import FIELDS, Health, health_of
from remanso.channels.whatsapp.outcome import NotSent, Outcome, OutcomeUnknown, Refused
from remanso.channels.whatsapp.outgoing import encoded
from remanso.channels.whatsapp.shapes import as_user_id
from remanso.model.outgoing import Outgoing


class GraphClient:
    """One pool of connections to Graph. Use as an async context manager; safe for concurrent calls.

    Args:
        base_url: such as https://graph.facebook.com
        version: such as v25.0
        timeout: seconds for one call as a whole, from waiting for a connection to the answer's last byte.
    """

    def __init__(self, base_url: str, version: str, timeout: float = 20.0) -> None:
        self._timeout = timeout
        # Connecting ends earlier: cancelled from outside during a TLS handshake, httpcore leaves the socket open.
        deadlines = httpx.Timeout(timeout, connect=timeout / 2)
        # Servers close idle connections (uvicorn after 5 s): a request written into one of those is an unknown outcome,
        # so we close them first.
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=2.0)
        self._http = httpx.AsyncClient(base_url=f"{base_url.rstrip('/')}/{version}/", timeout=deadlines, limits=limits)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def send(self, channel: str, token: SecretStr, recipient: str, message: Outgoing, callback: str) -> Outcome:
        """Send a message of any kind.

        Args:
            channel: phone_number_id to send from.
            token: the client's access token.
            recipient: exactly the digits or the user id the contact's messages came from.
            message: what to say.
            callback: comes back in every receipt (biz_opaque_callback_data, at most 512 characters).
        """
        payload = {"messaging_product": "whatsapp", "recipient_type": "individual", **_address(recipient)}
        payload |= {**encoded(message), "biz_opaque_callback_data": callback}
        answer = await self._post(channel, token, payload)
        if isinstance(answer, httpx.Response):
            return outcome_of(answer, [token.get_secret_value(), recipient, *message.words()])
        return answer

    async def mark_read(self, channel: str, token: SecretStr, wamid: str, *, typing: bool = False) -> bool:
        """Mark an inbound message (and those before it) as read, and show "typing…" for up to 25 s or until our answer.

        Returns whether Meta agreed. Best effort: nothing depends on it.
        """
        payload: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": wamid}
        if typing:
            payload["typing_indicator"] = {"type": "text"}
        answer = await self._post(channel, token, payload)
        return isinstance(answer, httpx.Response) and answer.is_success

    async def health(self, channel: str, token: SecretStr) -> Health:
        """Whether Meta lets the number send. Never raises: no answer is no good health."""
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        try:
            async with asyncio.timeout(self._timeout):
                return health_of(await self._http.get(channel, params={"fields": FIELDS}, headers=headers))
        except Exception as problem:  # as in `_post`
            return Health(False, type(problem).__name__)

    async def _post(
        self, channel: str, token: SecretStr, payload: dict[str, Any]
    ) -> httpx.Response | Refused | NotSent | OutcomeUnknown:
        """POST to the number's messages. Errors are told by their type: their texts may hold the token."""
        progress = _Progress()
        try:
            headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
            async with asyncio.timeout(self._timeout):
                return await self._http.post(
                    f"{channel}/messages", json=payload, headers=headers, extensions={"trace": progress.note}
                )
        except (UnicodeEncodeError, httpx.InvalidURL, httpx.LocalProtocolError, httpx.UnsupportedProtocol) as problem:
            detail = f"the request cannot be made: {type(problem).__name__}"
            return Refused(code=None, http_status=None, kind=RefusalKind.PERMANENT, detail=detail)
        except Exception as problem:  # httpx (0.28) lets through AttributeErrors of sockets that are reset at once
            reason = type(problem).__name__
            return (
                OutcomeUnknown(f"{reason} after writing") if progress.written else NotSent(f"{reason} before writing")
            )


class _Progress:
    """How far one request came, as the HTTP library tells by its trace extension."""

    def __init__(self) -> None:
        self.written = False

    async def note(self, event: str, _info: dict[str, Any]) -> None:
        """Writing counts from its start: a part may have left."""
        self.written = self.written or event.endswith("send_request_headers.started")


def _address(recipient: str) -> dict[str, str]:
    """Phones go by `to`, user ids by `recipient` (Meta docs, business-scoped user ids, Jun 2026)."""
    return {"recipient": recipient} if as_user_id(recipient) else {"to": recipient}
