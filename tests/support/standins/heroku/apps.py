"""Apps, their config vars, and the pipeline they may be in."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.support.standins.heroku.account import Account, App, Json, Refusal, Routes, new_id, now

TEAM = "acme-team"


async def create(account: Account, request: Request) -> Response:
    return _made(account, await request.json(), None)


async def create_in_team(account: Account, request: Request) -> Response:
    asked = await request.json()
    if asked["team"] != TEAM:
        raise Refusal(404, "not_found", "Couldn't find that team.")
    return _made(account, asked, asked["team"])


def _made(account: Account, asked: Json, team: str | None) -> Response:
    name = asked["name"]
    if name in account.apps or name in account.strangers:
        raise Refusal(422, "invalid_params", f"Name {name} is already taken")
    body = {
        "id": new_id(),
        "name": name,
        "created_at": now(),
        "web_url": f"{account.url}/run/{name}/",
        "region": {"name": asked.get("region", "us")},
        "stack": {"name": asked.get("stack", "heroku-24")},
        "team": {"name": team} if team else None,
    }
    account.apps[name] = App(body)
    return JSONResponse(body, 201)


async def app(account: Account, request: Request) -> Response:
    app = account.of(request)
    if request.method == "DELETE":
        del account.apps[app.body["name"]]
    return JSONResponse(app.body)


async def config(account: Account, request: Request) -> Response:
    app = account.of(request)
    if request.method == "PATCH":
        asked = await request.json()
        app.config = {name: value for name, value in (app.config | asked).items() if value is not None}
        account.released(app, (app.current or {}).get("slug"), f"Set {', '.join(asked)} config vars")
    return JSONResponse(app.config)


async def pipeline(account: Account, request: Request) -> Response:
    return JSONResponse(account.pipelines[request.path_params["pipeline"]])


async def coupling(account: Account, request: Request) -> Response:
    app = account.of(request)
    if app.coupling is None:
        raise Refusal(404, "not_found", "Couldn't find that pipeline coupling.")
    return JSONResponse(app.coupling)


async def couple(account: Account, request: Request) -> Response:
    asked = await request.json()
    app = account.apps[asked["app"]]
    if app.coupling is not None:
        raise Refusal(422, "invalid_params", "App is already in a pipeline")
    app.coupling = {"id": new_id(), "stage": asked["stage"], "pipeline": {"id": asked["pipeline"]}}
    return JSONResponse(app.coupling, 201)


async def uncouple(account: Account, request: Request) -> Response:
    coupled = [app for app in account.apps.values() if app.coupling]
    app = next(each for each in coupled if (each.coupling or {})["id"] == request.path_params["coupling"])
    coupling, app.coupling = app.coupling, None
    return JSONResponse(coupling)


ROUTES: Routes = (
    ("/apps", create, ("POST",)),
    ("/teams/apps", create_in_team, ("POST",)),
    ("/apps/{app}", app, ("GET", "DELETE")),
    ("/apps/{app}/config-vars", config, ("GET", "PATCH")),
    ("/pipelines/{pipeline}", pipeline, ("GET",)),
    ("/apps/{app}/pipeline-couplings", coupling, ("GET",)),
    ("/pipeline-couplings", couple, ("POST",)),
    ("/pipeline-couplings/{coupling}", uncouple, ("DELETE",)),
)
