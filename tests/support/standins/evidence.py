"""What must stand at all places once a client is provisioned: one of each, with the right contents."""

from collections.abc import Mapping

from tests.support.standins.heroku import TEAM
from tests.support.standins.places import WABA, Places

NOT_OURS = ("DATABASE_URL", "CLOUDAMQP_URL", "REMANSO_CONSOLE_SECRET")
"""Config vars that add-ons bring, or that are made up once."""


def differences(places: Places, name: str, head: str, environment: Mapping[str, str]) -> list[str]:
    """What is otherwise than one complete client called `name` needs, a sentence each."""
    return [*_github(places, name, head, environment), *_heroku(places, name, head, environment), *_meta(places, name)]


def _github(places: Places, name: str, head: str, environment: Mapping[str, str]) -> list[str]:
    repositories, full = places.github.repositories, f"acme/{name}"
    if list(repositories) != [full]:
        return [f"repositories: {list(repositories)}"]
    repo = repositories[full]
    wanted = {
        "private": (repo.body["private"], True),
        "main": (places.github.head(full), head),
        "secrets": (repo.secrets, {"REMANSO_READ_TOKEN": environment["REMANSO_READ_TOKEN"]}),
        "protected": (repo.protection is not None, True),
    }
    return [f"repository: {what} is {is_}" for what, (is_, should) in wanted.items() if is_ != should]


def _heroku(places: Places, name: str, head: str, environment: Mapping[str, str]) -> list[str]:
    apps, prefix = places.heroku.apps, name.upper().replace("-", "_")
    if list(apps) != [f"remanso-{name}"]:
        return [f"apps: {list(apps)}"]
    app = apps[f"remanso-{name}"]
    secrets = [f"{prefix}_APP_SECRET", f"{prefix}_VERIFY_TOKEN", f"{prefix}_ACCESS_TOKEN", "REMANSO_OPENAI_API_KEY"]
    config = {key: value for key, value in app.config.items() if key not in NOT_OURS}
    current = app.current or {}
    built = [build for build in app.builds if build["slug"] and build["slug"] == current.get("slug")]
    told = {"REMANSO_FLEET": name, "REMANSO_LOG_LEVEL": "INFO"}
    told["REMANSO_CONSOLE_URL"] = app.body["web_url"].rstrip("/")
    wanted = {
        "team": (app.body["team"], {"name": TEAM}),
        "add-ons": (
            sorted(each["plan"]["name"] for each in app.addons),
            ["cloudamqp:lemur", "heroku-postgresql:essential-0"],
        ),
        "config": (config, {**told, **{key: environment[key] for key in secrets}}),
        "builds": ([build["source_blob"]["version"] for build in app.builds], [head]),
        "running": (len(built), 1),
        "dynos": (
            {kind: body["quantity"] for kind, body in app.formation.items() if body["quantity"]},
            {"web": 1, "worker": 1},
        ),
        "drains": ([drain["url"] for drain in app.drains], [environment["LOG_DRAIN_URL"]]),
        "console": (len(app.config.get("REMANSO_CONSOLE_SECRET", "")), 43),
        "stage": ((app.coupling or {}).get("stage"), "production"),
    }
    return [f"app: {what} is {is_}" for what, (is_, should) in wanted.items() if is_ != should]


def _meta(places: Places, name: str) -> list[str]:
    account = places.simulator.management.accounts[WABA]
    url = f"{places.url}/run/remanso-{name}/webhooks/whatsapp/{name}"
    wanted = {
        "subscribed": (account.subscribed, True),
        "override": (account.override, url),
        "templates": (own_templates(places), [("pending_answer", "es")]),
    }
    return [f"account: {what} is {is_}" for what, (is_, should) in wanted.items() if is_ != should]


def own_templates(places: Places) -> list[tuple[str, str]]:
    """All but Meta's sample."""
    found = places.simulator.graph.templates.of(WABA)
    return sorted((template.name, template.language) for template in found if template.name != "hello_world")
