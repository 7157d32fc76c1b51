"""Apps as the collector meets them: their keys, heartbeats, and log drains as Logplex posts them."""

import json
from base64 import b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx

from remanso.model.app_key import SIGNATURE_HEADER, AppKey
from remanso.model.heartbeat import Beat, Heartbeat, QueueDepth
from remanso.model.tokens import hashed
from remanso.store import Store
from services.collector.app import create_app

TOKEN = "the collector's token in these tests"
QUEUES = ("debouncer.message-received", "agent.turn-ready", "sender.delivery-ready")


def frame(*messages: str) -> bytes:
    """Messages as Logplex frames them."""
    encoded = [message.encode() for message in messages]
    return b"".join(b"%d %s" % (len(each), each) for each in encoded)


def said(text: str, *, dyno: str = "web.1", name: str = "app", at: str = "2026-11-28T12:00:00+00:00") -> str:
    return f"<190>1 {at} host {name} {dyno} - {text}"


def line(event: str, level: str = "error", **more: Any) -> str:
    """A line of one of our services."""
    return said(json.dumps({"event": event, "level": level, "service": "agent", **more}))


def basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"


@dataclass
class App:
    name: str
    http: httpx.AsyncClient
    key: AppKey = field(default_factory=lambda: AppKey(AppKey.new()))
    token: str = TOKEN
    _numbers: "count[int]" = field(default_factory=count)

    async def enter(self, **about: Any) -> httpx.Response:
        entry = {"public_key": self.key.public, "drain_hash": hashed(self.key.drain_password), "about": about}
        return await self.http.put(self._path(), json=entry, headers={"Authorization": f"Bearer {self.token}"})

    async def look(self) -> dict[str, Any]:
        """What the fleet's commands are told of it."""
        answer = await self.http.get(self._path(), headers={"Authorization": f"Bearer {self.token}"})
        answer.raise_for_status()
        return dict(answer.json())

    async def drain(self, *messages: str, frame_id: str = "", password: str = "", **headers: str) -> httpx.Response:
        return await self.post(frame(*messages), len(messages), frame_id, password, **headers)

    async def post(
        self, body: bytes, announced: int | str, frame_id: str = "", password: str = "", **headers: str
    ) -> httpx.Response:
        told = {
            "Authorization": basic(self.name, password or self.key.drain_password),
            "Content-Type": "application/logplex-1",
            "Logplex-Msg-Count": str(announced),
            "Logplex-Frame-Id": frame_id or f"{self.name}-{next(self._numbers)}",
            "Logplex-Drain-Token": "d.9173ea1f-6f14-4976-9cf0-7cd0dafdcdbc",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return await self.http.post(self._path("/drain"), content=body, headers=told)

    async def beat(self, heartbeat: Heartbeat | None = None, *, key: AppKey | None = None) -> httpx.Response:
        body = (heartbeat or a_heartbeat(self.name)).model_dump_json().encode()
        signature = (key or self.key).sign(body)
        return await self.http.post(self._path("/heartbeat"), content=body, headers={SIGNATURE_HEADER: signature})

    def _path(self, more: str = "") -> str:
        return f"/collector/apps/{self.name}{more}"


def a_beat(**other: Any) -> Beat:
    well: dict[str, Any] = {
        "last_received_at": datetime.now(UTC),
        "waiting": 0,
        "oldest_seconds": 0.0,
        "unsent": 0,
        "tokens_today": 1234,
    }
    return Beat(**{**well, **other})


def a_heartbeat(app: str, **other: Any) -> Heartbeat:
    """Of an app that is well."""
    well: Mapping[str, Any] = {
        "app": app,
        "sent_at": datetime.now(UTC),
        "every_seconds": 15,
        "version": "0.1.0",
        "console_url": f"https://{app}.example",
        "store": True,
        "queues": tuple(QueueDepth(queue, 0, 1) for queue in QUEUES),
        "clients": {app: a_beat()},
    }
    return Heartbeat(**{**well, **other})


@asynccontextmanager
async def collector(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """The collector's doors over a store."""
    transport = httpx.ASGITransport(create_app(store, TOKEN))
    async with httpx.AsyncClient(transport=transport, base_url="http://collector.test") as http:
        yield http
