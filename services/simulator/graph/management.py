"""Graph's management calls: tokens, registering numbers, the webhook's subscription, taking templates away.

Shapes, codes and order of checks follow Meta's pages on the WhatsApp Business Management API (2026).
"""

import secrets
from dataclasses import dataclass
from typing import Any, Literal

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import Field, ValidationError

from services.simulator.graph.ratings import Rating
from services.simulator.graph.refusals import Refusal, invalid_parameter, missing_object, unauthenticated
from services.simulator.graph.shapes import Shape
from services.simulator.graph.standin import GraphStandIn

Json = dict[str, Any]
SCOPES = ["business_management", "whatsapp_business_management", "whatsapp_business_messaging"]
LONGEST_URI = 200


class Override(Shape):
    override_callback_uri: str = Field(max_length=LONGEST_URI, pattern=r"^https?://")
    verify_token: str = Field(min_length=1)


class Registration(Shape):
    messaging_product: Literal["whatsapp"]
    pin: str = Field(pattern=r"^\d{6}$")


@dataclass
class Account:
    """One WhatsApp Business Account: whether our app is subscribed, and where its messages go."""

    subscribed: bool = False
    override: str | None = None


class Management:
    """`app_id` and `app_secret` are those of the one Meta app there is."""

    def __init__(self, graph: GraphStandIn, app_id: str, app_secret: str) -> None:
        self.accounts = {number.waba_id: Account() for number in graph.numbers.values()}
        self._pins: dict[str, str] = {}
        self._graph, self._app_id, self._app_token = graph, app_id, f"{app_id}|{app_secret}"

    def reset(self) -> None:
        """As at the start: nothing subscribed, every number registered."""
        self._pins.clear()
        for account in self.accounts.values():
            account.subscribed, account.override = False, None

    def unregister(self, phone_number_id: str, pin: str) -> None:
        """The number waits to be registered with its two-step PIN."""
        self._pins[phone_number_id] = pin
        self._graph.ratings.rate(phone_number_id, Rating(status="DISCONNECTED"))

    def router(self) -> APIRouter:
        """To be mounted at `/graph`, before the calls whose paths say less."""
        router = APIRouter(tags=["graph: management"])
        router.add_api_route("/{version}/debug_token", self.debug_token, methods=["GET"])
        router.add_api_route("/{version}/{node}/subscribed_apps", self.subscriptions, methods=["GET"])
        router.add_api_route("/{version}/{node}/subscribed_apps", self.subscribe, methods=["POST"])
        router.add_api_route("/{version}/{node}/subscribed_apps", self.unsubscribe, methods=["DELETE"])
        router.add_api_route("/{version}/{node}/register", self.register, methods=["POST"])
        router.add_api_route("/{version}/{node}/message_templates", self.delete_template, methods=["DELETE"])
        return router

    async def debug_token(self, request: Request, input_token: str) -> JSONResponse:
        """What a token may do; asked with the app's own token."""
        if request.headers.get("authorization") != f"Bearer {self._app_token}":
            return _refused(unauthenticated())
        try:
            self._graph.authenticate(f"Bearer {input_token}")
        except Refusal:
            return JSONResponse({"data": {"is_valid": False, "scopes": [], "error": {"code": 190}}})
        granular = [{"scope": scope, "target_ids": list(self.accounts)} for scope in SCOPES[1:]]
        told = {"app_id": self._app_id, "type": "SYSTEM_USER", "is_valid": True, "expires_at": 0}
        return JSONResponse({"data": {**told, "scopes": SCOPES, "granular_scopes": granular}})

    async def subscriptions(self, request: Request, node: str) -> JSONResponse:
        try:
            account = self._account(request, node)
        except Refusal as refusal:
            return _refused(refusal)
        app: Json = {"whatsapp_business_api_data": {"id": self._app_id, "name": "Remanso", "link": ""}}
        if account.override:
            app["override_callback_uri"] = account.override
        return JSONResponse({"data": [app] if account.subscribed else []})

    async def subscribe(self, request: Request, node: str) -> JSONResponse:
        """Without a body: subscribe, and forget an override. With one: the endpoint is verified at once."""
        try:
            account = self._account(request, node)
            asked = await self._override(request)
            if asked is not None:
                if not account.subscribed:
                    raise invalid_parameter("Before override the current callback uri, your app must be subscribed")
                await _verify(asked)
        except Refusal as refusal:
            return _refused(refusal)
        account.subscribed, account.override = True, asked.override_callback_uri if asked else None
        return JSONResponse({"success": True})

    async def unsubscribe(self, request: Request, node: str) -> JSONResponse:
        try:
            account = self._account(request, node)
        except Refusal as refusal:
            return _refused(refusal)
        account.subscribed, account.override = False, None
        return JSONResponse({"success": True})

    async def register(self, request: Request, node: str) -> JSONResponse:
        try:
            self._graph.authenticate(request.headers.get("authorization"))
            number = self._graph.number(node)
            asked = Registration.model_validate_json(await request.body())
            if self._pins.get(number.phone_number_id, asked.pin) != asked.pin:
                raise Refusal(133005, message="(#133005) Two step verification PIN Mismatch")
        except ValidationError:
            return _refused(invalid_parameter("pin must be six digits"))
        except Refusal as refusal:
            return _refused(refusal)
        self._graph.ratings.rate(node, Rating())
        return JSONResponse({"success": True})

    async def delete_template(self, request: Request, node: str, name: str, hsm_id: str = "") -> JSONResponse:
        try:
            self._account(request, node)
        except Refusal as refusal:
            return _refused(refusal)
        if not self._graph.templates.drop(node, name, hsm_id or None):
            return _refused(invalid_parameter("Message template not found"))
        return JSONResponse({"success": True})

    def _account(self, request: Request, node: str) -> Account:
        self._graph.authenticate(request.headers.get("authorization"))
        if node not in self.accounts:
            raise missing_object(node)
        return self.accounts[node]

    async def _override(self, request: Request) -> Override | None:
        body = await request.body()
        if not body:
            return None
        try:
            return Override.model_validate_json(body)
        except ValidationError as wrong:
            raise invalid_parameter(str(wrong.errors()[0]["msg"])) from None


async def _verify(asked: Override) -> None:
    """Meta calls the new address before it takes it."""
    challenge = str(1_000_000_000 + secrets.randbelow(9_000_000_000))
    query = {"hub.mode": "subscribe", "hub.verify_token": asked.verify_token, "hub.challenge": challenge}
    try:
        async with httpx.AsyncClient(timeout=5.0, trust_env=False) as http:
            answer = await http.get(
                asked.override_callback_uri, params=query, headers={"User-Agent": "facebookplatform/1.0"}
            )
    except httpx.HTTPError:
        raise Refusal(2200, message="(#2200) Callback verification failed: no response", http=400) from None
    if answer.status_code != httpx.codes.OK or answer.text != challenge:
        raise Refusal(2200, message=f"(#2200) Callback verification failed: HTTP {answer.status_code}", http=400)


def _refused(refusal: Refusal) -> JSONResponse:
    return JSONResponse(refusal.body, refusal.http)
