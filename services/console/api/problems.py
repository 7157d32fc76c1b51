"""Errors as programs read them: RFC 9457, each with a code of ours and what to do about it."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as AnyHTTPException

from remanso.errors import StoreUnavailable
from services.console.composer.refusals import NotSaid, Refusal
from services.console.takeover.taking import HeldByAnother
from services.console.webhooks.address import Refused

MEDIA_TYPE = "application/problem+json"


class Fault(BaseModel):
    """One thing that is wrong with what was sent; the value itself is never repeated."""

    where: str = Field(description="Such as `body.text`.", examples=["body.text"])
    what: str = Field(examples=["String should have at most 4096 characters"])


class ProblemOut(BaseModel):
    """RFC 9457. Programs look at `code`; `detail` is for people."""

    type: str = Field(examples=["urn:remanso:problem:not_found"])
    title: str = Field(examples=["Not Found"])
    status: int = Field(examples=[404])
    code: str = Field(examples=["not_found"])
    detail: str = Field(examples=["There is no such thing among your client's."])
    errors: list[Fault] = Field(default=[], description="Of what was sent, one by one.")


class Problem(Exception):
    """Why a request is not answered as it asks."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        errors: list[Fault] | None = None,
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers
        self.errors = errors or []


def not_found() -> Problem:
    return Problem(404, "not_found", "There is no such thing among your client's. Look at the id.")


def answer(problem: Problem) -> JSONResponse:
    told = ProblemOut(
        type=f"urn:remanso:problem:{problem.code}",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        code=problem.code,
        detail=problem.detail,
        errors=problem.errors,
    )
    return JSONResponse(told.model_dump(), problem.status, problem.headers, media_type=MEDIA_TYPE)


_REFUSALS = {
    Refusal.NOT_YOURS: "Take the conversation over first: POST …/take-over. Another holder keeps it until they hand it "
    "back or their time runs out.",
    Refusal.WINDOW: "The 24-hour window is closed. Send an approved template, or wait until the contact writes.",
    Refusal.EMPTY: "There is nothing to say.",
    Refusal.FORM: "WhatsApp would refuse this. Look at the lengths, and that titles of buttons differ.",
    Refusal.TEMPLATE: "There is no approved template of this name and language for the number, or a gap is empty. "
    "GET /conversations/{id} lists those that fit.",
    Refusal.FILE_KIND: "WhatsApp does not take this file, or not as this type. It takes pictures (JPEG, PNG), videos "
    "(MP4, 3GPP), sound (MP3, M4A, AAC, AMR, OGG with Opus), PDF, Word, Excel, PowerPoint and plain text. What a file "
    "is its bytes say.",
    Refusal.FILE_LARGE: "The file is too large: pictures may have 5 MB, anything else 16 MB, or what the operator of "
    "this console has set.",
    Refusal.FILE_BUTTONS: "WhatsApp sends no text with a sound. Send them one after the other.",
    Refusal.FILE_GONE: "The conversation keeps no such file (any more). Add it: POST …/attachments.",
}
"""Why a message is not sent, and what to do."""

_REFUSED_AS = {Refusal.FILE_KIND: 422, Refusal.FILE_LARGE: 413, Refusal.FILE_GONE: 404}
"""As which status, where it is not 409: what stands against it is not how things are, but what was sent."""

_BY_STATUS = {
    403: ("forbidden", "This is not for this key."),
    404: ("not_found", "There is no such thing among your client's. Look at the address."),
    405: ("method_not_allowed", "This address does not take that method; see the header Allow."),
    410: ("gone", "The file is not kept any more, neither here nor at Meta."),
    413: ("too_large", "The body is too large. JSON may have up to 256 KB, a form with a file 104 MB."),
}


def add_handlers(api: FastAPI) -> None:
    api.add_exception_handler(Problem, _problem)
    api.add_exception_handler(NotSaid, _not_said)
    api.add_exception_handler(HeldByAnother, _held)
    api.add_exception_handler(Refused, _bad_address)
    api.add_exception_handler(RequestValidationError, _unreadable)
    api.add_exception_handler(AnyHTTPException, _by_status)
    api.add_exception_handler(StoreUnavailable, _try_later)
    api.add_exception_handler(Exception, _our_fault)


async def _problem(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - Starlette's types know no better
    return answer(error)


async def _not_said(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, NotSaid)  # noqa: S101
    return answer(Problem(_REFUSED_AS.get(error.why, 409), error.why, _REFUSALS[error.why]))


async def _held(_: Request, error: Exception) -> JSONResponse:
    who = getattr(error, "who", None) or "nobody of the console"
    detail = f"It is held by: {who}. Take it over first; a key with the scope admin may add ?from_another=yes."
    return answer(Problem(409, "held_by_another", detail))


async def _bad_address(_: Request, error: Exception) -> JSONResponse:
    return answer(Problem(409, "address_refused", f"Webhooks cannot go there: {error}."))


async def _unreadable(_: Request, error: Exception) -> JSONResponse:
    """Without the values: they may be somebody's words."""
    found: list[Any] = list(error.errors()) if isinstance(error, RequestValidationError) else []
    errors = [Fault(where=".".join(str(part) for part in each["loc"]), what=str(each["msg"])) for each in found[:20]]
    return answer(Problem(422, "unreadable", "What was sent is not as described; see errors.", errors=errors))


async def _by_status(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException | AnyHTTPException)  # noqa: S101
    if error.status_code == HTTPStatus.BAD_REQUEST:  # FastAPI's word for a body that is not even text
        return answer(Problem(422, "unreadable", "The body is not JSON in UTF-8, or not a form as it says."))
    code, detail = _BY_STATUS.get(error.status_code, ("refused", str(error.detail)))
    return answer(Problem(error.status_code, code, detail, headers=error.headers))


async def _try_later(_: Request, __: Exception) -> JSONResponse:
    detail = "The database cannot answer now, or the same request is being worked on. Nothing was done; try again."
    return answer(Problem(503, "try_later", detail, headers={"Retry-After": "2"}))


async def _our_fault(_: Request, __: Exception) -> JSONResponse:
    return answer(Problem(500, "our_fault", "A mistake of ours. Try again with the same Idempotency-Key, or tell us."))


_MEANINGS = {
    401: "No key, or one that is unknown, revoked or expired.",
    403: "The key lacks a scope.",
    404: "There is no such thing among your client's.",
    405: "Not this method.",
    409: "It cannot be done as things are; the detail says why.",
    410: "It was here, and is gone.",
    413: "The body is too large.",
    422: "What was sent is not as described.",
    429: "Too many requests of this key; see Retry-After.",
    500: "A mistake of ours.",
    503: "Try again in a moment.",
}
_RETRY = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string", "pattern": "^[0-9]+$"}}}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}},
    429: _RETRY,
    503: _RETRY,
}


def declared(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These problems, as a route's `responses`."""
    return {
        status: {
            "description": _MEANINGS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
            **({"headers": _HEADERS[status]} if status in _HEADERS else {}),
        }
        for status in statuses
    }


ALWAYS = declared(401, 403, 404, 413, 422, 429, 500, 503)
CHANGES = ALWAYS | declared(409)
