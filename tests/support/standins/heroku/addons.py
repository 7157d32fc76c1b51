"""Add-ons, which take a few looks until they are there, and what they cost."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.support.standins.heroku.account import Account, App, Json, Refusal, Routes, new_id

PRICES = {
    "heroku-postgresql": {"essential-0": 500, "essential-1": 900, "standard-0": 5000},
    "cloudamqp": {"lemur": 0, "tiger": 1900, "squirrel-1": 5000},
}
VARIABLES = {
    "heroku-postgresql": ("DATABASE_URL", "postgres://user:password@127.0.0.1:9/x"),
    "cloudamqp": ("CLOUDAMQP_URL", "amqps://user:password@127.0.0.1:9/x"),
}


async def addons(account: Account, request: Request) -> Response:
    app = account.of(request)
    if request.method == "POST":
        return JSONResponse(_new_addon(account, app, await request.json()), 201)
    for addon in app.addons:
        _age_addon(account, app, addon)
    return account.listed(request, app.addons)


def _new_addon(account: Account, app: App, asked: Json) -> Json:
    service, _, plan = asked["plan"].partition(":")
    if plan not in PRICES.get(service, {}):
        raise Refusal(422, "invalid_params", f"Couldn't find the plan {asked['plan']}.")
    name = asked.get("name") or f"{service}-{len(app.addons)}-99999"
    if any(name == addon["name"] for each in account.apps.values() for addon in each.addons):
        raise Refusal(422, "invalid_params", "Name is already taken")
    addon = {
        "id": new_id(),
        "name": name,
        "addon_service": {"name": service},
        "plan": {"name": asked["plan"]},
        "state": "provisioning",
        "config_vars": [VARIABLES[service][0]],
        "billed_price": {"cents": PRICES[service][plan], "unit": "month", "contract": False},
        "looks": account.looks,
    }
    app.addons.append(addon)
    return addon


def _age_addon(account: Account, app: App, addon: Json) -> None:
    addon["looks"] -= 1
    if addon["looks"] <= 0 and addon["state"] == "provisioning":
        addon["state"] = "provisioned"
        variable, url = VARIABLES[addon["addon_service"]["name"]]
        app.config[variable] = url
        account.released(app, (app.current or {}).get("slug"), f"Attach {addon['name']}")


async def drop_addon(account: Account, request: Request) -> Response:
    app = account.of(request)
    addon = next(each for each in app.addons if request.path_params["addon"] in (each["id"], each["name"]))
    app.addons.remove(addon)
    return JSONResponse(addon)


async def plans(account: Account, request: Request) -> Response:
    service = request.path_params["service"]
    plans = [
        {"id": new_id(), "name": f"{service}:{plan}", "price": {"cents": cents, "unit": "month"}}
        for plan, cents in PRICES[service].items()
    ]
    return account.listed(request, plans)


ROUTES: Routes = (
    ("/apps/{app}/addons", addons, ("GET", "POST")),
    ("/apps/{app}/addons/{addon}", drop_addon, ("DELETE",)),
    ("/addon-services/{service}/plans", plans, ("GET",)),
)
