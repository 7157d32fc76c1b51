"""Heroku's Platform API v3, answered from state; add-ons and builds take a few looks; lists come in ranges.

Requests and answers are held against the Platform API's schema: required keys, patterns, and no unknown keys.
"""

import io
import re
import tarfile
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.support.standins.heroku_bot import Bot
from tests.support.standins.published import Published

Json = dict[str, Any]
TEAM = "acme-team"
PRICES = {
    "heroku-postgresql": {"essential-0": 500, "essential-1": 900, "standard-0": 5000},
    "cloudamqp": {"lemur": 0, "tiger": 1900, "squirrel-1": 5000},
}
MOST_DRAINS = 5
DYNO_SIZES = {"eco": 500, "basic": 700, "standard-1x": 2500}
VARIABLES = {
    "heroku-postgresql": ("DATABASE_URL", "postgres://user:password@127.0.0.1:9/x"),
    "cloudamqp": ("CLOUDAMQP_URL", "amqps://user:password@127.0.0.1:9/x"),
}


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


class Heroku:
    def __init__(self) -> None:
        self.published = Published("heroku")
        self.url, self.token = "", "HRKU-heroku-key-0001"
        self.apps: dict[str, App] = {}
        self.sources: dict[str, bytes] = {}
        self.slugs: dict[str, bytes] = {}
        self.pipelines: dict[str, Json] = {"fleet": {"id": _id(), "name": "fleet"}}
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

    def api(self) -> Starlette:
        app = "/apps/{app}"
        return Starlette(
            routes=[
                self._route("/apps", self._create, "POST"),
                self._route("/teams/apps", self._create_in_team, "POST"),
                self._route(app, self._app, "GET", "DELETE"),
                self._route(f"{app}/config-vars", self._config, "GET", "PATCH"),
                self._route(f"{app}/addons", self._addons, "GET", "POST"),
                self._route(f"{app}/addons/{{addon}}", self._drop_addon, "DELETE"),
                self._route("/addon-services/{service}/plans", self._plans, "GET"),
                self._route("/pipelines/{pipeline}", self._pipeline, "GET"),
                self._route(f"{app}/pipeline-couplings", self._coupling, "GET"),
                self._route("/pipeline-couplings", self._couple, "POST"),
                self._route("/pipeline-couplings/{coupling}", self._uncouple, "DELETE"),
                self._route("/sources", self._source, "POST"),
                self._route(f"{app}/builds", self._builds, "GET", "POST"),
                self._route(f"{app}/builds/{{build}}", self._build, "GET"),
                self._route(f"{app}/releases", self._releases, "GET", "POST"),
                self._route(f"{app}/releases/{{release}}", self._release, "GET"),
                self._route(f"{app}/formation", self._formation, "GET", "PATCH"),
                self._route(f"{app}/dynos", self._dynos, "GET", "DELETE"),
                self._route(f"{app}/log-drains", self._drains, "GET", "POST"),
                self._route(f"{app}/log-drains/{{drain}}", self._drop_drain, "DELETE"),
                self._route(f"{app}/log-sessions", self._log_session, "POST"),
                self._route("/dyno-sizes", self._dyno_sizes, "GET"),
                Route("/source/{source}", self._take_source, methods=["PUT"]),
                Route("/output/{build}", self._output),
                Route("/logplex/{app}", self._logplex),
            ]
        )

    def bots(self) -> Starlette:
        """What runs on it: each app's web process."""
        return Starlette(routes=[Route("/{app}/{path:path}", self._to_bot, methods=["GET", "POST"])])

    def _route(self, path: str, endpoint: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
        async def guarded(request: Request) -> Response:
            try:
                self._admit(request)
                if wrong := self.published.refuses(request.method, path, await request.body()):
                    raise Refusal(422, "invalid_params", "; ".join(wrong))
                answer = await endpoint(request)
                self.published.look_at(request.method, path, bytes(answer.body))
            except Refusal as refusal:
                answer = refusal.answer
            except KeyError:
                answer = Refusal(404, "not_found", "Couldn't find that.").answer
            self.remaining -= 1
            answer.headers["RateLimit-Remaining"] = str(self.remaining)
            answer.headers["Request-Id"] = _id()
            return answer

        return Route(path, guarded, methods=list(methods))

    def _admit(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            raise Refusal(401, "unauthorized", "Invalid credentials provided.")
        if request.headers.get("accept") != "application/vnd.heroku+json; version=3":
            raise Refusal(404, "not_found", "The requested API version was not found.")
        if self.refuse_next:
            self.refuse_next -= 1
            raise Refusal(429, "rate_limit", "Your account reached the API rate limit.")

    def _of(self, request: Request) -> App:
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

    def _listed(self, request: Request, items: list[Json]) -> Response:
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

    async def _create(self, request: Request) -> Response:
        return self._made(await request.json(), None)

    async def _create_in_team(self, request: Request) -> Response:
        asked = await request.json()
        if asked["team"] != TEAM:
            raise Refusal(404, "not_found", "Couldn't find that team.")
        return self._made(asked, asked["team"])

    def _made(self, asked: Json, team: str | None) -> Response:
        name = asked["name"]
        if name in self.apps or name in self.strangers:
            raise Refusal(422, "invalid_params", f"Name {name} is already taken")
        body = {
            "id": _id(),
            "name": name,
            "created_at": _now(),
            "web_url": f"{self.url}/run/{name}/",
            "region": {"name": asked.get("region", "us")},
            "stack": {"name": asked.get("stack", "heroku-24")},
            "team": {"name": team} if team else None,
        }
        self.apps[name] = App(body)
        return JSONResponse(body, 201)

    async def _app(self, request: Request) -> Response:
        app = self._of(request)
        if request.method == "DELETE":
            del self.apps[app.body["name"]]
        return JSONResponse(app.body)

    async def _config(self, request: Request) -> Response:
        app = self._of(request)
        if request.method == "PATCH":
            asked = await request.json()
            app.config = {name: value for name, value in (app.config | asked).items() if value is not None}
            self._released(app, (app.current or {}).get("slug"), f"Set {', '.join(asked)} config vars")
        return JSONResponse(app.config)

    async def _addons(self, request: Request) -> Response:
        app = self._of(request)
        if request.method == "POST":
            return JSONResponse(self._new_addon(app, await request.json()), 201)
        for addon in app.addons:
            self._age_addon(app, addon)
        return self._listed(request, app.addons)

    def _new_addon(self, app: App, asked: Json) -> Json:
        service, _, plan = asked["plan"].partition(":")
        if plan not in PRICES.get(service, {}):
            raise Refusal(422, "invalid_params", f"Couldn't find the plan {asked['plan']}.")
        name = asked.get("name") or f"{service}-{len(app.addons)}-99999"
        if any(name == addon["name"] for each in self.apps.values() for addon in each.addons):
            raise Refusal(422, "invalid_params", "Name is already taken")
        addon = {
            "id": _id(),
            "name": name,
            "addon_service": {"name": service},
            "plan": {"name": asked["plan"]},
            "state": "provisioning",
            "config_vars": [VARIABLES[service][0]],
            "billed_price": {"cents": PRICES[service][plan], "unit": "month", "contract": False},
            "looks": self.looks,
        }
        app.addons.append(addon)
        return addon

    def _age_addon(self, app: App, addon: Json) -> None:
        addon["looks"] -= 1
        if addon["looks"] <= 0 and addon["state"] == "provisioning":
            addon["state"] = "provisioned"
            variable, url = VARIABLES[addon["addon_service"]["name"]]
            app.config[variable] = url
            self._released(app, (app.current or {}).get("slug"), f"Attach {addon['name']}")

    async def _drop_addon(self, request: Request) -> Response:
        app = self._of(request)
        addon = next(each for each in app.addons if request.path_params["addon"] in (each["id"], each["name"]))
        app.addons.remove(addon)
        return JSONResponse(addon)

    async def _plans(self, request: Request) -> Response:
        service = request.path_params["service"]
        plans = [
            {"id": _id(), "name": f"{service}:{plan}", "price": {"cents": cents, "unit": "month"}}
            for plan, cents in PRICES[service].items()
        ]
        return self._listed(request, plans)

    async def _pipeline(self, request: Request) -> Response:
        return JSONResponse(self.pipelines[request.path_params["pipeline"]])

    async def _coupling(self, request: Request) -> Response:
        app = self._of(request)
        if app.coupling is None:
            raise Refusal(404, "not_found", "Couldn't find that pipeline coupling.")
        return JSONResponse(app.coupling)

    async def _couple(self, request: Request) -> Response:
        asked = await request.json()
        app = self.apps[asked["app"]]
        if app.coupling is not None:
            raise Refusal(422, "invalid_params", "App is already in a pipeline")
        app.coupling = {"id": _id(), "stage": asked["stage"], "pipeline": {"id": asked["pipeline"]}}
        return JSONResponse(app.coupling, 201)

    async def _uncouple(self, request: Request) -> Response:
        coupled = [app for app in self.apps.values() if app.coupling]
        app = next(each for each in coupled if (each.coupling or {})["id"] == request.path_params["coupling"])
        coupling, app.coupling = app.coupling, None
        return JSONResponse(coupling)

    async def _source(self, request: Request) -> Response:
        source = _id()
        url = f"{self.url}/heroku/source/{source}"
        return JSONResponse({"source_blob": {"put_url": url, "get_url": url}}, 201)

    async def _take_source(self, request: Request) -> Response:
        """A presigned address: it refuses what its signature does not cover."""
        if "authorization" in request.headers or "content-type" in request.headers:
            return PlainTextResponse("SignatureDoesNotMatch", 403)
        self.sources[request.path_params["source"]] = await request.body()
        return Response()

    async def _builds(self, request: Request) -> Response:
        app = self._of(request)
        if request.method == "GET":
            return self._listed(request, app.builds)
        asked = (await request.json())["source_blob"]
        code = self.sources[asked["url"].rpartition("/")[2]]
        if asked.get("checksum") and asked["checksum"] != f"SHA256:{sha256(code).hexdigest()}":
            raise Refusal(422, "invalid_params", "Checksum does not match")
        build_id = _id()
        build = {
            "id": build_id,
            "created_at": _now(),
            "status": "pending",
            "source_blob": asked,
            "output_stream_url": f"{self.url}/heroku/output/{build_id}",
            "slug": None,
            "release": None,
            "looks": self.looks,
        }
        app.builds.append(build)
        return JSONResponse(build, 201)

    async def _build(self, request: Request) -> Response:
        app = self._of(request)
        build = next(each for each in app.builds if each["id"] == request.path_params["build"])
        build["looks"] -= 1
        if build["looks"] <= 0 and build["status"] == "pending":
            self._finish(app, build)
        return JSONResponse(build)

    def _finish(self, app: App, build: Json) -> None:
        code = self.sources[build["source_blob"]["url"].rpartition("/")[2]]
        files = _files(code)
        if "requirements.txt" not in files or "Procfile" not in files or self.fail_builds_with in files:
            build["status"] = "failed"
            return
        slug = {"id": _id()}
        self.slugs[slug["id"]] = code
        kinds = re.findall(r"^([\w-]+):", files["Procfile"].decode(), re.MULTILINE)
        first = not app.formation
        for kind in kinds:
            quantity = 1 if first and kind == "web" else 0
            if kind != "release":
                app.formation.setdefault(kind, {"type": kind, "quantity": quantity, "dyno_size": {"name": "basic"}})
        release = self._released(app, slug, "Deploy", status="pending")
        build |= {"status": "succeeded", "slug": slug, "release": {"id": release["id"]}}

    def _released(self, app: App, slug: Json | None, description: str, status: str = "succeeded") -> Json:
        release = {
            "id": _id(),
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
            self._replace_current(app)
        app.releases.append(release)
        return release

    def _replace_current(self, app: App) -> None:
        for each in app.releases:
            each["current"] = False

    async def _releases(self, request: Request) -> Response:
        app = self._of(request)
        if request.method == "GET":
            return self._listed(request, app.releases)
        asked = await request.json()
        if "release" in asked:
            old = next(each for each in app.releases if each["id"] == asked["release"])
            app.config = dict(old["config"])
            return JSONResponse(self._released(app, old["slug"], f"Rollback to v{old['version']}"), 201)
        if asked["slug"] not in self.slugs:
            raise Refusal(422, "invalid_params", "Couldn't find that slug.")
        release = self._released(app, {"id": asked["slug"]}, asked.get("description", "Deploy"), status="pending")
        return JSONResponse(release, 201)

    async def _release(self, request: Request) -> Response:
        app = self._of(request)
        release = next(each for each in app.releases if each["id"] == request.path_params["release"])
        release["looks"] -= 1
        if release["looks"] <= 0 and release["status"] == "pending":
            self._replace_current(app)
            release |= {"status": "succeeded", "current": True}
        return JSONResponse(release)

    async def _formation(self, request: Request) -> Response:
        app = self._of(request)
        if request.method == "GET":
            return self._listed(request, [{"id": kind, **body} for kind, body in app.formation.items()])
        for update in (await request.json())["updates"]:
            if update["type"] not in app.formation:
                raise Refusal(404, "not_found", f"Couldn't find that process type ({update['type']}).")
            if update["dyno_size"]["name"] not in DYNO_SIZES:
                raise Refusal(422, "invalid_params", "No such dyno size")
            app.formation[update["type"]] = update
        return JSONResponse(list(app.formation.values()))

    async def _dynos(self, request: Request) -> Response:
        app = self._of(request)
        if request.method == "DELETE":
            app.restarts += 1
            return JSONResponse({})
        dynos = [
            {"id": f"{kind}.{number}", "name": f"{kind}.{number}", "type": kind, "state": "up"}
            for kind, body in app.formation.items()
            for number in range(1, body["quantity"] + 1)
        ]
        return self._listed(request, dynos)

    async def _drains(self, request: Request) -> Response:
        app = self._of(request)
        if request.method == "GET":
            return self._listed(request, app.drains)
        url = (await request.json())["url"]
        if not re.match(r"(https?|syslog(\+tls)?)://[^/\s]+", url):
            raise Refusal(422, "invalid_params", "Url is invalid")
        if len(app.drains) >= MOST_DRAINS:
            raise Refusal(422, "invalid_params", f"You can have at most {MOST_DRAINS} drains on an app")
        if any(drain["url"] == url for drain in app.drains):
            raise Refusal(422, "invalid_params", "Url has already been taken")
        app.drains.append({"id": _id(), "url": url, "token": f"d.{_id()}"})
        return JSONResponse(app.drains[-1], 201)

    async def _drop_drain(self, request: Request) -> Response:
        app = self._of(request)
        drain = next(each for each in app.drains if each["id"] == request.path_params["drain"])
        app.drains.remove(drain)
        return JSONResponse(drain)

    async def _log_session(self, request: Request) -> Response:
        app = self._of(request)
        return JSONResponse({"id": _id(), "logplex_url": f"{self.url}/heroku/logplex/{app.body['name']}"}, 201)

    async def _dyno_sizes(self, request: Request) -> Response:
        sizes = [
            {"id": name, "name": name, "cost": {"cents": cents, "unit": "month"}} for name, cents in DYNO_SIZES.items()
        ]
        return self._listed(request, sizes)

    async def _output(self, request: Request) -> Response:
        return PlainTextResponse("-----> Building on the Heroku-24 stack\n-----> Python app detected\n-----> Done\n")

    async def _logplex(self, request: Request) -> Response:
        name = request.path_params["app"]
        lines = self.logs.get(name, [f"2026-11-25T12:00:00+00:00 app[web.1]: {name} is listening"])
        return PlainTextResponse("".join(f"{line}\n" for line in lines))

    async def _to_bot(self, request: Request) -> Response:
        app = self._of(request)
        slug = ((app.current or {}).get("slug") or {}).get("id")
        if slug is None or not app.formation.get("web", {}).get("quantity"):
            return PlainTextResponse("no such app", 503)
        return await Bot(_files(self.slugs[slug]), app.config).answer(request)


def _files(code: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(code)) as tar:
        return {item.name: (tar.extractfile(item) or io.BytesIO()).read() for item in tar.getmembers() if item.isfile()}


def _id() -> str:
    return str(uuid.uuid4())


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
