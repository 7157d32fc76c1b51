"""The web process of a bot on the Heroku stand-in: it knows what its code and config vars say, and nothing else."""

import hashlib
import hmac
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

SICK = "SICK"
"""A file in the code that keeps the bot from getting ready."""
NEEDED = ("DATABASE_URL", "CLOUDAMQP_URL", "REMANSO_OPENAI_API_KEY")


@dataclass
class Bot:
    files: Mapping[str, bytes]
    config: Mapping[str, str]

    async def answer(self, request: Request) -> Response:
        path = request.path_params["path"]
        if SICK in self.files or any(name not in self.config for name in NEEDED):
            return JSONResponse({"ok": False}, 503)
        if path == "readyz":
            return JSONResponse({"ok": True, "version": "0.1.0"})
        for client in self._clients():
            if path == f"webhooks/whatsapp/{client['name']}":
                return await self._webhook(request, client["secrets"])
        return PlainTextResponse("not found", 404)

    async def _webhook(self, request: Request, secrets: Mapping[str, str]) -> Response:
        if request.method == "GET":
            right = request.query_params.get("hub.verify_token") == self.config.get(secrets["verify_token"])
            return PlainTextResponse(request.query_params.get("hub.challenge", ""), 200 if right else 403)
        key = self.config.get(secrets["app_secret"], "").encode()
        signature = "sha256=" + hmac.new(key, await request.body(), hashlib.sha256).hexdigest()
        return Response(status_code=200 if request.headers.get("x-hub-signature-256") == signature else 401)

    def _clients(self) -> Iterator[Mapping[str, Any]]:
        for name, content in self.files.items():
            if name == "client.toml" or (name.startswith("clients/") and name.endswith("/client.toml")):
                yield tomllib.loads(content.decode())
