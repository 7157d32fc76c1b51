"""What runs: formation and dynos, their sizes, and where their log lines go."""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from tests.support.standins.heroku.account import Account, Refusal, Routes, new_id

MOST_DRAINS = 5
DYNO_SIZES = {"eco": 500, "basic": 700, "standard-1x": 2500}


async def formation(account: Account, request: Request) -> Response:
    app = account.of(request)
    if request.method == "GET":
        return account.listed(request, [{"id": kind, **body} for kind, body in app.formation.items()])
    for update in (await request.json())["updates"]:
        if update["type"] not in app.formation:
            raise Refusal(404, "not_found", f"Couldn't find that process type ({update['type']}).")
        if update["dyno_size"]["name"] not in DYNO_SIZES:
            raise Refusal(422, "invalid_params", "No such dyno size")
        app.formation[update["type"]] = update
    return JSONResponse(list(app.formation.values()))


async def dynos(account: Account, request: Request) -> Response:
    app = account.of(request)
    if request.method == "DELETE":
        app.restarts += 1
        return JSONResponse({})
    dynos = [
        {"id": f"{kind}.{number}", "name": f"{kind}.{number}", "type": kind, "state": "up"}
        for kind, body in app.formation.items()
        for number in range(1, body["quantity"] + 1)
    ]
    return account.listed(request, dynos)


async def dyno_sizes(account: Account, request: Request) -> Response:
    sizes = [
        {"id": name, "name": name, "cost": {"cents": cents, "unit": "month"}} for name, cents in DYNO_SIZES.items()
    ]
    return account.listed(request, sizes)


async def drains(account: Account, request: Request) -> Response:
    app = account.of(request)
    if request.method == "GET":
        return account.listed(request, app.drains)
    url = (await request.json())["url"]
    if not re.match(r"(https?|syslog(\+tls)?)://[^/\s]+", url):
        raise Refusal(422, "invalid_params", "Url is invalid")
    if len(app.drains) >= MOST_DRAINS:
        raise Refusal(422, "invalid_params", f"You can have at most {MOST_DRAINS} drains on an app")
    if any(drain["url"] == url for drain in app.drains):
        raise Refusal(422, "invalid_params", "Url has already been taken")
    app.drains.append({"id": new_id(), "url": url, "token": f"d.{new_id()}"})
    return JSONResponse(app.drains[-1], 201)


async def drop_drain(account: Account, request: Request) -> Response:
    app = account.of(request)
    drain = next(each for each in app.drains if each["id"] == request.path_params["drain"])
    app.drains.remove(drain)
    return JSONResponse(drain)


async def log_session(account: Account, request: Request) -> Response:
    app = account.of(request)
    return JSONResponse({"id": new_id(), "logplex_url": f"{account.url}/heroku/logplex/{app.body['name']}"}, 201)


async def logplex(account: Account, request: Request) -> Response:
    name = request.path_params["app"]
    lines = account.logs.get(name, [f"2026-11-25T12:00:00+00:00 app[web.1]: {name} is listening"])
    return PlainTextResponse("".join(f"{line}\n" for line in lines))


ROUTES: Routes = (
    ("/apps/{app}/formation", formation, ("GET", "PATCH")),
    ("/apps/{app}/dynos", dynos, ("GET", "DELETE")),
    ("/dyno-sizes", dyno_sizes, ("GET",)),
    ("/apps/{app}/log-drains", drains, ("GET", "POST")),
    ("/apps/{app}/log-drains/{drain}", drop_drain, ("DELETE",)),
    ("/apps/{app}/log-sessions", log_session, ("POST",)),
)
