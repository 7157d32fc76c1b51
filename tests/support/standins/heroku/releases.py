"""From a source over a build to a release; builds and releases take a few looks."""

import re
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.support.standins.heroku.account import Account, App, Json, Refusal, Routes, files_of, new_id, now


async def source(account: Account, request: Request) -> Response:
    source = new_id()
    url = f"{account.url}/heroku/source/{source}"
    return JSONResponse({"source_blob": {"put_url": url, "get_url": url}}, 201)


async def builds(account: Account, request: Request) -> Response:
    app = account.of(request)
    if request.method == "GET":
        return account.listed(request, app.builds)
    asked = (await request.json())["source_blob"]
    code = account.sources[asked["url"].rpartition("/")[2]]
    if asked.get("checksum") and asked["checksum"] != f"SHA256:{sha256(code).hexdigest()}":
        raise Refusal(422, "invalid_params", "Checksum does not match")
    build_id = new_id()
    build = {
        "id": build_id,
        "created_at": now(),
        "status": "pending",
        "source_blob": asked,
        "output_stream_url": f"{account.url}/heroku/output/{build_id}",
        "slug": None,
        "release": None,
        "looks": account.looks,
    }
    app.builds.append(build)
    return JSONResponse(build, 201)


async def build(account: Account, request: Request) -> Response:
    app = account.of(request)
    build = next(each for each in app.builds if each["id"] == request.path_params["build"])
    build["looks"] -= 1
    if build["looks"] <= 0 and build["status"] == "pending":
        _finish(account, app, build)
    return JSONResponse(build)


def _finish(account: Account, app: App, build: Json) -> None:
    code = account.sources[build["source_blob"]["url"].rpartition("/")[2]]
    files = files_of(code)
    if "requirements.txt" not in files or "Procfile" not in files or account.fail_builds_with in files:
        build["status"] = "failed"
        return
    slug = {"id": new_id()}
    account.slugs[slug["id"]] = code
    kinds = re.findall(r"^([\w-]+):", files["Procfile"].decode(), re.MULTILINE)
    first = not app.formation
    for kind in kinds:
        quantity = 1 if first and kind == "web" else 0
        if kind != "release":
            app.formation.setdefault(kind, {"type": kind, "quantity": quantity, "dyno_size": {"name": "basic"}})
    release = account.released(app, slug, "Deploy", status="pending")
    build |= {"status": "succeeded", "slug": slug, "release": {"id": release["id"]}}


async def releases(account: Account, request: Request) -> Response:
    app = account.of(request)
    if request.method == "GET":
        return account.listed(request, app.releases)
    asked = await request.json()
    if "release" in asked:
        old = next(each for each in app.releases if each["id"] == asked["release"])
        app.config = dict(old["config"])
        return JSONResponse(account.released(app, old["slug"], f"Rollback to v{old['version']}"), 201)
    if asked["slug"] not in account.slugs:
        raise Refusal(422, "invalid_params", "Couldn't find that slug.")
    release = account.released(app, {"id": asked["slug"]}, asked.get("description", "Deploy"), status="pending")
    return JSONResponse(release, 201)


async def release(account: Account, request: Request) -> Response:
    app = account.of(request)
    release = next(each for each in app.releases if each["id"] == request.path_params["release"])
    release["looks"] -= 1
    if release["looks"] <= 0 and release["status"] == "pending":
        account.replace_current(app)
        release |= {"status": "succeeded", "current": True}
    return JSONResponse(release)


async def take_source(account: Account, request: Request) -> Response:
    """A presigned address: it refuses what its signature does not cover."""
    if "authorization" in request.headers or "content-type" in request.headers:
        return PlainTextResponse("SignatureDoesNotMatch", 403)
    account.sources[request.path_params["source"]] = await request.body()
    return Response()


async def output(account: Account, request: Request) -> Response:
    return PlainTextResponse("-----> Building on the Heroku-24 stack\n-----> Python app detected\n-----> Done\n")


ROUTES: Routes = (
    ("/sources", source, ("POST",)),
    ("/apps/{app}/builds", builds, ("GET", "POST")),
    ("/apps/{app}/builds/{build}", build, ("GET",)),
    ("/apps/{app}/releases", releases, ("GET", "POST")),
    ("/apps/{app}/releases/{release}", release, ("GET",)),
)
