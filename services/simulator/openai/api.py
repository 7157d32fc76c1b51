"""The stand-in for OpenAI as the simulator mounts it: its public endpoints and its control endpoints."""

import asyncio
import hmac
import json
import secrets
import time
from dataclasses import replace
from typing import Any, Protocol

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, StreamingResponse
from starlette.datastructures import UploadFile

from services.simulator.connections import cut
from services.simulator.openai import faults as failing
from services.simulator.openai.brain import reply_to
from services.simulator.openai.chat import ChatCompletions
from services.simulator.openai.control import control_router
from services.simulator.openai.conversation import Ask, Conversation, Reply
from services.simulator.openai.errors import ApiError
from services.simulator.openai.faults import Fault, Faults
from services.simulator.openai.models import MODELS, find_model
from services.simulator.openai.records import Record, Records
from services.simulator.openai.responses import Responses
from services.simulator.openai.script import Script
from services.simulator.openai.tokens import Allowance, Counted, PromptCache, count, shortened
from services.simulator.openai.transcriptions import AskedToHear, read_form, read_request, write_answer
from services.simulator.openai.transcripts import Transcripts

_CLIENT_GONE = 499


class Spoilable(Protocol):
    """A shape of answers that knows how they look when they went wrong behind a 200."""

    def hollow(self, written: dict[str, Any]) -> dict[str, Any]: ...
    def failed(self, written: dict[str, Any], code: str) -> dict[str, Any]: ...


class Dialect(Spoilable, Protocol):
    """One wire shape: Chat Completions or Responses."""

    def read(self, body: Any) -> Ask: ...
    def write(self, ask: Ask, reply: Reply, counted: Counted) -> dict[str, Any]: ...


class _Words:
    """Transcriptions: however they go wrong, the words are missing."""

    def hollow(self, written: dict[str, Any]) -> dict[str, Any]:
        return written | {"text": None}

    def failed(self, written: dict[str, Any], _code: str) -> dict[str, Any]:
        return self.hollow(written)


class OpenAIStandIn:
    """Answers like OpenAI, from a script or by rules, and fails on order. All state lives in this object.

    `access_key` is the only key it takes; None takes any, but a request must bring one.
    """

    def __init__(self, access_key: str | None = None) -> None:
        self._access_key = access_key
        self._script = Script()
        self._transcripts = Transcripts()
        self._faults = Faults()
        self._records = Records()
        self._cache = PromptCache()
        self._allowance = Allowance()
        self._responses = Responses()

    def reset(self) -> None:
        """Forgets scripts, faults, records and everything remembered of earlier requests."""
        remembered = (self._script, self._transcripts, self._faults, self._records, self._cache, self._responses)
        for forgetful in remembered:
            forgetful.clear()
        self._allowance = Allowance()

    def routers(self) -> tuple[APIRouter, APIRouter]:
        """(public endpoints, for `/openai/v1`; control endpoints, for `/control/openai`)."""
        return self._public_router(), control_router(self._script, self._transcripts, self._faults, self._records)

    def _public_router(self) -> APIRouter:
        router = APIRouter(tags=["openai"])
        chat = ChatCompletions()

        @router.post("/chat/completions")
        async def chat_completions(request: Request) -> Response:
            return await self._exchange(request, chat)

        @router.post("/responses")
        async def responses(request: Request) -> Response:
            return await self._exchange(request, self._responses)

        @router.post("/audio/transcriptions")
        async def transcriptions(request: Request) -> Response:
            return await self._transcribe(request)

        @router.get("/models")
        async def models(request: Request) -> Response:
            listed = [model.listed() for model in MODELS.values()]
            return self._look_up(request, lambda: {"object": "list", "data": listed})

        @router.get("/models/{name}")
        async def model(request: Request, name: str) -> Response:
            return self._look_up(request, lambda: find_model(name).listed())

        @router.api_route("/{path:path}", methods=["GET", "POST", "DELETE"], include_in_schema=False)
        async def unknown(request: Request, path: str) -> Response:
            return _refused(ApiError(f"No such endpoint: {request.method} /v1/{path}", status=404))

        return router

    def _look_up(self, request: Request, find: Any) -> Response:
        try:
            self._authenticate(request)
            return JSONResponse(find(), headers={"x-request-id": _request_id()})
        except ApiError as refusal:
            return _refused(refusal)

    async def _exchange(self, request: Request, dialect: Dialect) -> Response:
        """One request and its answer, whatever becomes of it, on record."""
        body = _parsed(await request.body())
        record = self._records.open(request.url.path, body, request.headers.get("x-client-request-id"))
        try:
            return await self._answer(request, body, dialect, record)
        except ApiError as refusal:
            record.status, record.response = refusal.status, refusal.body
            return _refused(refusal)

    async def _answer(self, request: Request, body: Any, dialect: Dialect, record: Record) -> Response:
        fault = self._faults.take() or Fault(kind="slow", seconds=0)
        if (met := _met_before_reading(request, fault, record)) is not None:
            return met
        self._authenticate(request)
        if fault.kind == "slow" and not await _waited(request, fault.seconds):
            return Response(status_code=_CLIENT_GONE)
        started = time.perf_counter()
        ask = dialect.read(body)
        reply = shortened(_with_ids(self._reply(ask.conversation, fault)), ask.max_output)
        await asyncio.sleep(reply.latency)
        counted = count(ask, reply, self._cache)
        record.request_id = _request_id()
        headers = {
            "x-request-id": record.request_id,
            "openai-processing-ms": str(int((time.perf_counter() - started) * 1000)),
            **self._allowance.spend(counted.prompt + counted.completion),
        }
        record.status, record.response = 200, dialect.write(ask, reply, counted)
        return _spoiled(fault, dialect, record, headers)

    async def _transcribe(self, request: Request) -> Response:
        """One sound and its words, whatever becomes of it, on record."""
        fields, upload, content = await _form(request)
        record = self._records.open(request.url.path, fields, request.headers.get("x-client-request-id"))
        try:
            fault = self._faults.take("transcriptions") or Fault(kind="slow", seconds=0)
            if (met := _met_before_reading(request, fault, record)) is not None:
                return met
            self._authenticate(request)
            if fault.kind == "slow" and not await _waited(request, fault.seconds):
                return Response(status_code=_CLIENT_GONE)
            return await self._heard(read_request(fields, upload, content), fault, record)
        except ApiError as refusal:
            record.status, record.response = refusal.status, refusal.body
            return _refused(refusal)

    async def _heard(self, asked: AskedToHear, fault: Fault, record: Record) -> Response:
        order = self._transcripts.next(asked.content, asked.languages)
        await asyncio.sleep(order.latency)
        record.request_id = _request_id()
        record.status, record.response = 200, write_answer(asked, order)
        headers = {"x-request-id": record.request_id}
        if asked.response_format == "text":
            return PlainTextResponse(order.text, headers=headers)
        return _spoiled(fault, _Words(), record, headers)

    def _reply(self, conversation: Conversation, fault: Fault) -> Reply:
        """The script goes before the rules; an answer that will be spoiled beyond reading uses up no script."""
        if fault.kind in ("broken_json", "choices_null", "failed"):
            return reply_to(conversation)
        return self._script.next(conversation) or reply_to(conversation)

    def _authenticate(self, request: Request) -> None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not key.strip():
            raise ApiError("No API key came with the request: send 'Authorization: Bearer KEY'.", status=401)
        if self._access_key and not hmac.compare_digest(key.strip().encode(), self._access_key.encode()):
            raise ApiError("The API key is not a valid one.", code="invalid_api_key", status=401)


def _met_before_reading(request: Request, fault: Fault, record: Record) -> Response | None:
    """The answer of a fault that never looks at the request; None lets the request pass."""
    if (refusal := fault.refusal()) is not None:
        raise refusal
    if fault.kind == "html502":
        record.status, record.response = 502, failing.BAD_GATEWAY_PAGE
        return HTMLResponse(failing.BAD_GATEWAY_PAGE, 502)
    return cut(request) if fault.kind == "down" else None


def _spoiled(fault: Fault, spoils: Spoilable, record: Record, headers: dict[str, str]) -> Response:
    """The answer, as the fault leaves it."""
    if fault.kind == "choices_null":
        record.response = spoils.hollow(record.response)
    if fault.kind == "failed":
        record.response = spoils.failed(record.response, fault.code or "server_error")
    if fault.kind == "broken_json":
        broken = failing.broken(record.response)
        record.response = broken.decode(errors="replace")
        return Response(broken, media_type="application/json", headers=headers)
    whole = JSONResponse(record.response, headers=headers)
    if fault.kind != "dribble":
        return whole
    pieces = failing.dribble(bytes(whole.body), fault.seconds)
    return StreamingResponse(pieces, media_type="application/json", headers=dict(whole.headers))


async def _form(request: Request) -> tuple[dict[str, Any], UploadFile | None, bytes]:
    """The multipart form; what is none reaches the reader as an empty one and is refused there."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return {}, None, b""
    async with request.form() as form:
        return await read_form(form)


async def _waited(request: Request, seconds: float) -> bool:
    """Waits; False when the client gave up meanwhile, so that nothing is said to nobody."""
    if seconds <= 0:
        return True
    await asyncio.sleep(seconds)
    return not await request.is_disconnected()


def _parsed(raw: bytes) -> Any:
    """The JSON body; what is no JSON reaches the reader as text and is refused there."""
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")


def _with_ids(reply: Reply) -> Reply:
    calls = tuple(replace(call, id=call.id or f"call_{secrets.token_hex(12)}") for call in reply.calls)
    return replace(reply, calls=calls)


def _refused(refusal: ApiError) -> JSONResponse:
    headers = {"x-request-id": _request_id(), **refusal.headers}
    return JSONResponse(refusal.body, refusal.status, headers)


def _request_id() -> str:
    return f"req_{secrets.token_hex(16)}"
