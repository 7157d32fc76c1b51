"""The Graph API over HTTP: messages, read receipts, media, in the shapes and statuses of Meta's."""

import asyncio
import time
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse

from services.simulator.connections import cut, hang
from services.simulator.graph.conversations import Utterance
from services.simulator.graph.faults import Fault
from services.simulator.graph.receipts import failure
from services.simulator.graph.refusals import Refusal, invalid_parameter, missing_object, unauthenticated
from services.simulator.graph.requests import GraphRequest
from services.simulator.graph.rules import Send, read_request
from services.simulator.graph.shapes import ReadReceipt
from services.simulator.graph.standin import GraphStandIn
from services.simulator.settings import BusinessNumber

LOOKASIDE = "/lookaside/whatsapp_business/attachments/"


def routers(graph: GraphStandIn) -> tuple[APIRouter, APIRouter]:
    """The router to mount below `/graph`, and the one for media downloads, whose host is another one at Meta."""
    graph_routes, download_routes = APIRouter(), APIRouter()
    endpoints = GraphEndpoints(graph)
    below = "/{version}/{node}"
    graph_routes.add_api_route(f"{below}/messages", endpoints.messages, methods=["POST"])
    graph_routes.add_api_route(f"{below}/media", endpoints.upload, methods=["POST"])
    graph_routes.add_api_route(below, endpoints.read, methods=["GET"])
    graph_routes.add_api_route(below, endpoints.delete, methods=["DELETE"])
    download_routes.add_api_route(LOOKASIDE, endpoints.download, methods=["GET"])
    return graph_routes, download_routes


class GraphEndpoints:
    """One method per endpoint. Each records its request, then lets the ordered fault or the stand-in answer."""

    def __init__(self, graph: GraphStandIn) -> None:
        self._graph = graph

    async def messages(self, request: Request, version: str, node: str) -> Response:
        """Send a message, or mark one as read."""
        body = await _json(request)
        record = self._record(node, body)
        try:
            self._graph.authenticate(request.headers.get("authorization"))
            number = self._graph.number(node)
            asked = read_request(body)
            if isinstance(asked, ReadReceipt):
                return await self._mark_read(request, record, number, asked)
            return await self._send(request, record, number, asked)
        except Refusal as refusal:
            return _refused(record, refusal)

    async def _mark_read(
        self, request: Request, record: GraphRequest, number: BusinessNumber, receipt: ReadReceipt
    ) -> Response:
        read = self._graph.conversations.find(receipt.message_id)
        fault = self._graph.faults.next_for("reads", read.contact if read else None)
        if (spoilt := await _before(fault, request, record)) is not None:
            return spoilt
        self._graph.mark_read(number, receipt)
        return await _after(fault, request) or _answered(record, {"success": True})

    async def _send(self, request: Request, record: GraphRequest, number: BusinessNumber, send: Send) -> Response:
        record.to, record.callback = self._graph.addressee(send), send.biz_opaque_callback_data
        fault = self._graph.faults.next_for("messages", record.to)
        if (spoilt := await _before(fault, request, record)) is not None:
            return spoilt
        doom = failure(fault.code, fault.details) if fault and fault.kind == "failed" and fault.code else None
        message = self._graph.accept(number, send, record.payload, doom)
        record.wamid, record.accepted = message.wamid, True
        return await _after(fault, request) or _answered(record, self._acceptance(send, message))

    def _acceptance(self, send: Send, message: Utterance) -> dict[str, Any]:
        contact = {"input": send.to or send.recipient}
        contact |= {"wa_id": message.contact} if send.to is not None else {"user_id": send.recipient}
        told = {"id": message.wamid} | ({"message_status": "accepted"} if send.template else {})
        return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [told]}

    async def upload(self, request: Request, version: str, node: str) -> Response:
        """Take a file that the number will send."""
        record = self._record(node, None, kind="media")
        try:
            self._graph.authenticate(request.headers.get("authorization"))
            number = self._graph.number(node)
            if (spoilt := await _before(self._graph.faults.next_for("media", None), request, record)) is not None:
                return spoilt
            return _answered(record, {"id": await self._store(request, number)})
        except Refusal as refusal:
            return _refused(record, refusal)

    async def _store(self, request: Request, number: BusinessNumber) -> str:
        async with request.form() as form:
            upload = form.get("file")
            if form.get("messaging_product") != "whatsapp":
                raise invalid_parameter("The parameter messaging_product is required.")
            if upload is None or isinstance(upload, str):
                raise invalid_parameter("The parameter file is required.")
            mime_type = str(form.get("type") or upload.content_type or "")
            content = await upload.read()
            return self._graph.media.upload(mime_type, content, number.phone_number_id, upload.filename).id

    async def read(self, request: Request, version: str, node: str, phone_number_id: str | None = None) -> Response:
        """What is known of a number, or of a file: its size, digests and a link that opens for five minutes."""
        if node in self._graph.numbers:
            return self._read_number(request, node)
        record = self._record(phone_number_id or "", None, kind="media")
        try:
            self._graph.authenticate(request.headers.get("authorization"))
            if (spoilt := await _before(self._graph.faults.next_for("media", None), request, record)) is not None:
                return spoilt
            return _answered(record, self._describe(request, node, phone_number_id))
        except Refusal as refusal:
            return _refused(record, refusal)

    def _describe(self, request: Request, media_id: str, phone_number_id: str | None) -> dict[str, Any]:
        file = self._graph.media.get(media_id, phone_number_id)
        link = str(request.base_url).rstrip("/") + LOOKASIDE
        return {
            "messaging_product": "whatsapp",
            "url": f"{link}?{urlencode(self._graph.media.link_query(media_id, time.time()))}",
            "mime_type": file.mime_type,
            "sha256": file.sha256.hex(),
            "file_size": len(file.content),
            "id": file.id,
        }

    def _read_number(self, request: Request, phone_number_id: str) -> Response:
        try:
            self._graph.authenticate(request.headers.get("authorization"))
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.http)
        number = self._graph.numbers[phone_number_id]
        about = {"verified_name": number.name, "display_phone_number": number.display_phone_number}
        return JSONResponse(about | {"quality_rating": "GREEN", "status": "CONNECTED", "id": phone_number_id})

    async def delete(self, request: Request, version: str, node: str) -> Response:
        """Delete a file."""
        try:
            self._graph.authenticate(request.headers.get("authorization"))
            self._graph.media.drop(node)
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.http)
        return JSONResponse({"success": True})

    async def download(
        self, request: Request, mid: str = "", ext: str = "", seal: Annotated[str, Query(alias="hash")] = ""
    ) -> Response:
        """The bytes of a file: 401 without the token, 404 once the link has expired."""
        try:
            self._graph.authenticate(request.headers.get("authorization"))
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.http)
        file = self._graph.media.follow(mid, ext, seal, time.time())
        if file is None:
            return JSONResponse(missing_object(mid).body, 404)
        return Response(file.content, media_type=file.mime_type)

    def _record(self, node: str, body: Any, *, kind: Any = None) -> GraphRequest:
        fields = body if isinstance(body, dict) else {}
        callback, to = fields.get("biz_opaque_callback_data"), fields.get("to") or fields.get("recipient")
        kind = kind or ("read" if "status" in fields else "message")
        record = GraphRequest(time.time(), kind, node, to, body, callback=callback)
        self._graph.requests.append(record)
        return record


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None  # refused by `read_request` as any other body that is no object


async def _before(fault: Fault | None, request: Request, record: GraphRequest) -> Response | None:
    """What a fault answers instead of the stand-in, which then does nothing; None: go on."""
    match fault.kind if fault else None:
        case "slow":
            await asyncio.sleep(fault.seconds if fault else 0)
        case "token_expired":
            raise unauthenticated(expired=True)
        case "code" if fault and fault.code is not None:
            raise Refusal(fault.code, fault.details, http=fault.http)
        case "http":
            record.status = (fault and fault.http) or 503
            return HTMLResponse(f"<html><h1>{record.status}</h1></html>", record.status)
        case "timeout_before":
            return await hang(request)
        case "reset_before":
            return cut(request)
    return None


async def _after(fault: Fault | None, request: Request) -> Response | None:
    """What a fault does to the answer of a request that took effect."""
    match fault.kind if fault else None:
        case "timeout_after":
            return await hang(request)
        case "reset_after":
            return cut(request)
    return None


def _answered(record: GraphRequest, body: dict[str, Any]) -> Response:
    record.status = 200
    return JSONResponse(body)


def _refused(record: GraphRequest, refusal: Refusal) -> Response:
    record.status, record.code = refusal.http, refusal.code
    return JSONResponse(refusal.body, refusal.http)
