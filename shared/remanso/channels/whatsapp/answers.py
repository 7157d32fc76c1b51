"""Meta's answer to a send → what became of it."""

import re
from collections.abc import Collection
from typing import Any

import httpx

from remanso.channels.whatsapp.errors import AMBIGUOUS_CODES, classify
from remanso.channels.whatsapp.outcome import Accepted, Outcome, OutcomeUnknown, Refused
from remanso.channels.whatsapp.shapes import number_in, object_in, objects_in, text_in
from remanso.channels.whatsapp.usage import usage_of

LONGEST_DETAIL = 300
SHORTEST_PRIVATE = 3
"""Characters. Cutting a text of one letter out of Meta's words would leave nothing to read."""
_NUMBERS_AND_KEYS = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){6,}|\S{30,}")


def outcome_of(answer: httpx.Response, private: Collection[str]) -> Outcome:
    """The outcome an answer tells. `private` are strings of the request that must not come back in a detail."""
    body = _json_object(answer)
    if answer.is_success:
        wamid = next((text_in(message, "id") for message in objects_in(body, "messages")), None)
        if wamid is None:
            return OutcomeUnknown(f"{answer.status_code} without a message id")
        wa_id = next((text_in(contact, "wa_id") for contact in objects_in(body, "contacts")), None)
        return Accepted(wamid, wa_id, usage_of(answer.headers))
    error = object_in(body, "error")
    number = number_in(error, "code")
    code = int(number) if number is not None and abs(number) < 2**31 else None  # what a column holds
    if answer.status_code >= 500 and (code is None or code in AMBIGUOUS_CODES):
        return OutcomeUnknown(f"{answer.status_code}, code {code}: tells nothing about the message")
    return _refused(answer, code, error, private)


def _refused(answer: httpx.Response, code: int | None, error: dict[str, Any], private: Collection[str]) -> Refused:
    verdict = classify(code, answer.status_code, error.get("is_transient") is True)
    said = text_in(object_in(error, "error_data"), "details") or text_in(error, "message") or ""
    trace = text_in(error, "fbtrace_id") or ""
    detail = "; ".join(filter(None, (verdict.meaning, _without(private, said), trace and f"trace {trace[:40]}")))
    return Refused(
        code=code,
        http_status=answer.status_code,
        kind=verdict.kind,
        detail=detail[:LONGEST_DETAIL],
        retry_after=_seconds(answer.headers.get("Retry-After")),
        scope=verdict.scope,
        tries=verdict.tries,
        usage=usage_of(answer.headers),
    )


def _without(private: Collection[str], said: str) -> str:
    """Meta's words without anything of ours in them, and without what looks like a phone number or a key."""
    for text in sorted(private, key=len, reverse=True):
        if len(text) >= SHORTEST_PRIVATE:
            said = said.replace(text, "…")
    return _NUMBERS_AND_KEYS.sub("…", said)


def _seconds(header: str | None) -> float | None:
    """Retry-After is not documented for WhatsApp; it is heard where it is a number of seconds."""
    return float(header) if header is not None and header.isascii() and header.isdigit() else None


def _json_object(answer: httpx.Response) -> dict[str, Any]:
    """The answer's JSON; empty for anything else, such as a proxy's HTML."""
    try:
        body = answer.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
