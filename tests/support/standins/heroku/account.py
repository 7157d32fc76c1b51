"""What an account at Heroku holds, and what all answers have in common: who may ask, ranges of lists, releases."""

import io
import re
import tarfile
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

Json = dict[str, Any]


class Refusal(Exception):
    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.answer = JSONResponse({"id": code, "message": message}, status)


@dataclass
class App:
    body: Json
    config: dict[str, str] = field(default_factory=dict)
    addons: list[Json] = field(default_factory=list)
    builds: list[Json] = field(default_factory=list)
    releases: list[Json] = field(default_factory=list)
    formation: dict[str, Json] = field(default_factory=dict)
    drains: list[Json] = field(default_factory=list)
    coupling: Json | None = None
    restarts: int = 0
    unseen: int = 1
    """So many looks find nothing yet: what was just made is not everywhere at once."""

    @property
    def current(self) -> Json | None:
        return next((release for release in reversed(self.releases) if release["current"]), None)


class Account:
    def __init__(self) -> None:
        self.url, self.token = "", "HRKU-heroku-key-0001"
        self.apps: dict[str, App] = {}
        self.sources: dict[str, bytes] = {}
        self.slugs: dict[str, bytes] = {}
        self.pipelines: dict[str, Json] = {"fleet": {"id": new_id(), "name": "fleet"}}
        self.strangers: set[str] = set()
        self.logs: dict[str, list[str]] = {}
        self.looks, self.page, self.remaining = 2, 3, 4500
        """How many looks a thing takes to be ready; how many items a range holds."""
        self.refuse_next = 0
        self.fail_builds_with: str | None = None
        """A file whose presence in the source fails the build."""

    def reset(self) -> None:
        for kept in (self.apps, self.sources, self.slugs):
            kept.clear()

    def admit(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            raise Refusal(401, "unauthorized", "Invalid credentials provided.")
        if request.headers.get("accept") != "application/vnd.heroku+json; version=3":
            raise Refusal(404, "not_found", "The requested API version was not found.")
        if self.refuse_next:
            self.refuse_next -= 1
            raise Refusal(429, "rate_limit", "Your account reached the API rate limit.")

    def of(self, request: Request) -> App:
        wanted = request.path_params["app"]
        if wanted in self.strangers:
            raise Refusal(403, "forbidden", "You do not have access to the app.")
        found = next((app for app in self.apps.values() if wanted in (app.body["name"], app.body["id"])), None)
        if found is not None and found.unseen:
            found.unseen -= 1
            found = None
        if found is None:
            raise Refusal(404, "not_found", "Couldn't find that app.")
        return found

    def listed(self, request: Request, items: list[Json]) -> Response:
        """A range: `<key> <from>..; max=N, order=desc`; the rest is named by Next-Range."""
        match = re.fullmatch(
            r"(id|name|version)(?: (\]?)([^.\s]*))?\s*\.\.\s*;?\s*(.*)", request.headers.get("range", "id ..")
        )
        if match is None:
            raise Refusal(416, "bad_range", "Invalid range.")
        key, after, start, options = match.groups()
        told = dict(option.strip().split("=") for option in options.split(",") if "=" in option)
        rows = sorted(items, key=lambda item: item[key], reverse=told.get("order") == "desc")
        if after:
            rows = [row for row in rows if str(row[key]) > start]
        size = min(int(told.get("max", 200)), self.page if told.get("order") != "desc" else 1000)
        page = rows[:size]
        if len(rows) <= size:
            return JSONResponse(page)
        following = f"{key} ]{page[-1][key]}..; max={told.get('max', 200)}"
        return JSONResponse(page, 206, headers={"Next-Range": following})

    def released(self, app: App, slug: Json | None, description: str, status: str = "succeeded") -> Json:
        release = {
            "id": new_id(),
            "version": len(app.releases) + 1,
            "status": status,
            "current": status == "succeeded",
            "slug": slug,
            "description": description,
            "eligible_for_rollback": slug is not None,
            "output_stream_url": None,
            "config": dict(app.config),
            "looks": self.looks,
        }
        if release["current"]:
            self.replace_current(app)
        app.releases.append(release)
        return release

    def replace_current(self, app: App) -> None:
        for each in app.releases:
            each["current"] = False


Handler = Callable[[Account, Request], Awaitable[Response]]
Routes = tuple[tuple[str, Handler, tuple[str, ...]], ...]
"""Path, what answers, and the methods it answers to."""


def files_of(code: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(code)) as tar:
        return {item.name: (tar.extractfile(item) or io.BytesIO()).read() for item in tar.getmembers() if item.isfile()}


def new_id() -> str:
    return str(uuid.uuid4())


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
