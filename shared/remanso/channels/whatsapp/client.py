"""Talks to Meta's Graph API: sends a message, marks one as read, uploads a file, reads what there is.

There is no idempotency key on a send, so the one thing that counts is whether a request was written: before that it may
be repeated freely, after that only an answer or a receipt tells what happened.
"""

import asyncio
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import SecretStr

from remanso.channels.whatsapp.answers import outcome_of
from remanso.channels.whatsapp.body import read_body
from remanso.channels.whatsapp.errors import RefusalKind
from remanso.channels.whatsapp.number_health import FIELDS, NumberHealth, number_health
from remanso.channels.whatsapp.outcome import NotSent, Outcome, OutcomeUnknown, Refused
from remanso.channels.whatsapp.outgoing import encoded
from remanso.channels.whatsapp.shapes import as_user_id, number_in, object_in, text_in
from remanso.errors import BadInput, Unavailable
from remanso.model.outgoing import Outgoing


class GraphUnreadable(Unavailable):
    """Graph did not tell what it was asked. The text holds its status and code, nothing else."""


class GraphUnreached(GraphUnreadable):
    """Nobody answered at all."""


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

    async def health(self, channel: str, token: SecretStr) -> NumberHealth:
        """Whether Meta lets the number send. Never raises: no answer is no good health."""
        try:
            return number_health(await self.read(channel, token, fields=FIELDS))
        except GraphUnreadable as problem:
            return NumberHealth(False, str(problem))

    async def upload(
        self, channel: str, token: SecretStr, content: bytes, mime_type: str, name: str, *, seconds: float
    ) -> str | Refused | NotSent:
        """Upload a file of the number's: the id under which it can be sent for 30 days, or why there is none.

        Done twice it only costs time: whatever the outcome, no contact has seen anything.
        """
        form = {"messaging_product": "whatsapp", "type": mime_type}
        try:
            async with asyncio.timeout(seconds):
                answer = await self._http.post(
                    f"{channel}/media",
                    data=form,
                    files={"file": (name, content, mime_type)},
                    headers=_bearer(token),
                    timeout=seconds,
                )
        except Exception as problem:  # as in `_post`
            return NotSent(f"{type(problem).__name__} while uploading")
        media_id = text_in(_json_object(answer), "id")
        if answer.is_success and media_id is not None:
            return media_id
        outcome = outcome_of(answer, [token.get_secret_value()])
        return outcome if isinstance(outcome, Refused) else NotSent(f"{answer.status_code} for an upload")

    async def read(self, path: str, token: SecretStr, **query: str | int) -> dict[str, Any]:
        """What Graph tells of an object or an edge of it. Raises GraphUnreadable."""
        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._http.get(path, params=query, headers=_bearer(token))
        except Exception as problem:  # as in `_post`
            raise GraphUnreached(type(problem).__name__) from None
        if not answer.is_success:
            code = number_in(object_in(_json_object(answer), "error"), "code")
            raise GraphUnreadable(
                f"{answer.status_code}, code {code:g}" if code is not None else str(answer.status_code)
            )
        return _json_object(answer)

    async def _post(
        self, channel: str, token: SecretStr, payload: dict[str, Any]
    ) -> httpx.Response | Refused | NotSent | OutcomeUnknown:
        """POST to the number's messages. Errors are told by their type: their texts may hold the token."""
        progress = _Progress()
        try:
            headers = _bearer(token)
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


def _bearer(token: SecretStr) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.get_secret_value()}"}


def _json_object(answer: httpx.Response) -> dict[str, Any]:
    """The answer's JSON; empty for anything else, such as a proxy's HTML."""
    try:
        body = read_body(answer.content)
    except BadInput:
        return {}
    return body if isinstance(body, dict) else {}


def _address(recipient: str) -> dict[str, str]:
    """Phones go by `to`, user ids by `recipient` (Meta docs, business-scoped user ids, Jun 2026)."""
    return {"recipient": recipient} if as_user_id(recipient) else {"to": recipient}
