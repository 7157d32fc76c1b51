"""The Graph API over HTTP: messages, read receipts, media, in the shapes and statuses of Meta's."""

import re
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse

from services.simulator.connections import Unheard
from services.simulator.graph.assets_api import AssetsDesk, chosen
from services.simulator.graph.conversations import Utterance
from services.simulator.graph.failing import download, spoil_after, spoil_before
from services.simulator.graph.receipts import failure
from services.simulator.graph.refusals import Refusal, invalid_parameter, missing_object, unknown_path
from services.simulator.graph.requests import GraphRequest
from services.simulator.graph.rules import Send, read_request
from services.simulator.graph.shapes import ReadReceipt
from services.simulator.graph.standin import GraphStandIn
from services.simulator.settings import BusinessNumber

Json = dict[str, Any]
LOOKASIDE = "/lookaside/whatsapp_business/attachments/"


def routers(graph: GraphStandIn) -> tuple[APIRouter, APIRouter]:
    """The router to mount below `/graph`, and the one for media downloads, whose host is another one at Meta."""
    graph_routes, download_routes = APIRouter(tags=["graph"]), APIRouter(tags=["graph"])
    endpoints = GraphEndpoints(graph)
    node = "/{version}/{node}"
    graph_routes.add_api_route(f"{node}/messages", endpoints.messages, methods=["POST"])
    graph_routes.add_api_route(f"{node}/media", endpoints.upload, methods=["POST"])
    graph_routes.add_api_route(f"{node}/message_templates", endpoints.templates, methods=["GET"])
    graph_routes.add_api_route(f"{node}/message_templates", endpoints.create_template, methods=["POST"])
    graph_routes.add_api_route(f"{node}/phone_numbers", endpoints.numbers, methods=["GET"])
    graph_routes.add_api_route(node, endpoints.read, methods=["GET"])
    graph_routes.add_api_route(node, endpoints.delete, methods=["DELETE"])
    anything = ["GET", "POST", "DELETE"]
    graph_routes.add_api_route("/{path:path}", endpoints.unknown, methods=anything, include_in_schema=False)
    download_routes.add_api_route(LOOKASIDE, endpoints.download, methods=["GET"])
    return graph_routes, download_routes


class GraphEndpoints:
    """One method per endpoint. Each goes on record, then the ordered fault or the stand-in answers."""

    def __init__(self, graph: GraphStandIn) -> None:
        self._graph = graph
        self._assets = AssetsDesk(graph)

    async def messages(self, request: Request, version: str, node: str) -> Response:
        """Send a message, or mark one as read."""
        body = await _json(request)
        fields = body if isinstance(body, dict) else {}
        record = self._record("read" if "status" in fields else "message", node, body)
        record.to, record.callback = fields.get("to") or fields.get("recipient"), fields.get("biz_opaque_callback_data")

        async def answer() -> Response:
            number, asked = self._graph.number(node), read_request(body)
            if isinstance(asked, ReadReceipt):
                return await self._mark_read(request, record, number, asked)
            return await self._send(request, record, number, asked)

        return await self._answer(request, version, record, answer)

    async def _send(self, request: Request, record: GraphRequest, number: BusinessNumber, send: Send) -> Response:
        record.to = self._graph.addressee(send)
        fault = self._graph.faults.next_for("messages", record.to)
        if (spoilt := await spoil_before(fault, request)) is not None:
            return spoilt
        doom = failure(fault.code, fault.details) if fault and fault.kind == "failed" and fault.code else None
        message = self._graph.accept(number, send, record.payload, doom)
        record.wamid, record.accepted = message.wamid, True
        return await spoil_after(fault, request) or JSONResponse(_acceptance(send, message))

    async def _mark_read(
        self, request: Request, record: GraphRequest, number: BusinessNumber, receipt: ReadReceipt
    ) -> Response:
        read = self._graph.conversations.find(receipt.message_id)
        fault = self._graph.faults.next_for("reads", read.contact if read else None)
        if (spoilt := await spoil_before(fault, request)) is not None:
            return spoilt
        self._graph.mark_read(number, receipt)
        return await spoil_after(fault, request) or JSONResponse({"success": True})

    async def upload(self, request: Request, version: str, node: str) -> Response:
        """Take a file that the number will send."""
        record = self._record("media", node)

        async def answer() -> Response:
            number = self._graph.number(node)
            fault = self._graph.faults.next_for("media", None)
            return await spoil_before(fault, request) or JSONResponse({"id": await self._store(request, number)})

        return await self._answer(request, version, record, answer)

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
        """What is known of a number, or of a file: size, digest and a link that opens for five minutes."""
        if node in self._graph.numbers or self._assets.is_account(node):
            return await self._asset(request, version, node)
        record = self._record("media", phone_number_id or node)

        async def answer() -> Response:
            fault = self._graph.faults.next_for("media", None)
            spoilt = await spoil_before(fault, request)
            return spoilt or JSONResponse(self._file(request, node, phone_number_id))

        return await self._answer(request, version, record, answer)

    async def _asset(self, request: Request, version: str, node: str) -> Response:
        """What is known of a number or an account."""
        number = self._graph.numbers.get(node)

        async def answer() -> Response:
            told = self._assets.number(number) if number else self._assets.account(node)
            fault = self._graph.faults.next_for("assets", None)
            fields = request.query_params.get("fields")
            return await spoil_before(fault, request) or JSONResponse(chosen(told, fields))

        return await self._answer(request, version, self._record("number", node), answer)

    async def templates(self, request: Request, version: str, node: str) -> Response:
        """The templates of an account, page by page."""
        return await self._edge(request, version, node, self._assets.templates)

    async def numbers(self, request: Request, version: str, node: str) -> Response:
        """The numbers of an account, page by page."""
        return await self._edge(request, version, node, self._assets.numbers)

    async def _edge(
        self, request: Request, version: str, node: str, show: Callable[[str, dict[str, str]], Json]
    ) -> Response:
        async def answer() -> Response:
            self._known_account(node)
            fault = self._graph.faults.next_for("assets", None)
            return await spoil_before(fault, request) or JSONResponse(show(node, dict(request.query_params)))

        return await self._answer(request, version, self._record("assets", node), answer)

    async def create_template(self, request: Request, version: str, node: str) -> Response:
        """Ask for a new template; it is pending until a test decides about it."""
        body = await _json(request)

        async def answer() -> Response:
            self._known_account(node)
            fault = self._graph.faults.next_for("assets", None)
            return await spoil_before(fault, request) or JSONResponse(self._assets.create(node, body))

        return await self._answer(request, version, self._record("assets", node, body), answer)

    def _known_account(self, node: str) -> None:
        if not self._assets.is_account(node):
            raise missing_object(node)

    def _file(self, request: Request, media_id: str, phone_number_id: str | None) -> Json:
        file = self._graph.media.get(media_id, phone_number_id)
        query = urlencode(self._graph.media.link_query(media_id, time.time()))
        return {
            "messaging_product": "whatsapp",
            "url": f"{str(request.base_url).rstrip('/')}{LOOKASIDE}?{query}",
            "mime_type": file.mime_type,
            "sha256": file.sha256.hex(),
            "file_size": len(file.content),
            "id": file.id,
        }

    async def delete(self, request: Request, version: str, node: str) -> Response:
        """Delete a file."""

        async def answer() -> Response:
            self._graph.media.drop(node)
            return JSONResponse({"success": True})

        return await self._answer(request, version, self._record("media", ""), answer)

    async def download(
        self, request: Request, mid: str = "", ext: str = "", seal: Annotated[str, Query(alias="hash")] = ""
    ) -> Response:
        """The bytes of a file: 401 without the token, 404 once the link has expired."""
        try:
            self._graph.authenticate(request.headers.get("authorization"))
            fault = self._graph.faults.next_for("downloads", None)
            if (spoilt := await spoil_before(fault, request)) is not None:
                return spoilt
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.http)
        file = self._graph.media.follow(mid, ext, seal, time.time())
        if file is None:
            return JSONResponse(missing_object(mid).body, 404)
        return download(fault, file.content, file.mime_type)

    async def unknown(self, path: str) -> Response:
        """Whatever else the Graph API may have, this stand-in has not."""
        refusal = unknown_path(path)
        return JSONResponse(refusal.body, refusal.http)

    def _record(
        self, kind: Literal["message", "read", "media", "number", "assets"], pnid: str, payload: Any = None
    ) -> GraphRequest:
        record = GraphRequest(time.time(), kind, pnid, payload)
        self._graph.requests.append(record)
        return record

    async def _answer(
        self, request: Request, version: str, record: GraphRequest, answer: Callable[[], Awaitable[Response]]
    ) -> Response:
        """What every endpoint does around its own answer: check version and token, and note how it ended."""
        try:
            if not re.fullmatch(r"v\d{1,2}\.\d", version):
                raise unknown_path(version)
            self._graph.authenticate(request.headers.get("authorization"))
            response = await answer()
        except Refusal as refusal:
            record.code = refusal.code
            response = JSONResponse(refusal.body, refusal.http)
        if not isinstance(response, Unheard):
            record.status = response.status_code
            number = self._graph.numbers.get(record.pnid)
            response.headers.update(self._graph.usage.headers(number.waba_id if number else "0"))
        return response


def _acceptance(send: Send, message: Utterance) -> Json:
    contact = {"input": send.to or send.recipient}
    contact |= {"wa_id": message.contact} if send.to is not None else {"user_id": send.recipient}
    told = {"id": message.wamid} | ({"message_status": "accepted"} if send.template else {})
    return {"messaging_product": "whatsapp", "contacts": [contact], "messages": [told]}


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except ValueError:
        return None  # refused by `read_request`, like any other body that is no object
