"""What must stand at all places once a client is provisioned: one of each, with the right contents."""

from collections.abc import Mapping
from pathlib import Path

from fleet.git import Repository
from fleet.platforms.host import OWN_PASSWORDS
from tests.support.standins.heroku.apps import TEAM
from tests.support.standins.hosted import variables
from tests.support.standins.places import WABA, Places
from tests.support.standins.sshd import Host

NOT_OURS = ("DATABASE_URL", "CLOUDAMQP_URL", "REMANSO_CONSOLE_SECRET")
"""Config vars that add-ons bring, or that are made up once."""


def differences(places: Places, name: str, head: str, environment: Mapping[str, str]) -> list[str]:
    """What is otherwise than one complete client called `name` needs, a sentence each."""
    at = f"{places.url}/run/remanso-{name}"
    return [
        *_github(places, [name], name, head, environment),
        *_heroku(places, name, head, environment),
        *_meta(places, name, at),
    ]


def host_differences(places: Places, host: Host, name: str, head: str, environment: Mapping[str, str]) -> list[str]:
    """The same of a client on a host: one folder, its containers running this commit with these variables."""
    folder = host.home / "bots" / name
    running = variables(folder / ".running")
    wanted = {
        "folders": (sorted(path.name for path in folder.parent.iterdir()), [name]),
        "mark": ((folder / ".remanso-client").read_text(), name),
        "commit": ((folder / ".remanso-commit").read_text(), head),
        "variables": (running, variables(folder / ".env")),
        "secrets": (
            {key: running.get(key) for key in _secrets(name)},
            {key: environment[key] for key in _secrets(name)},
        ),
        "passwords": (all(running.get(key) for key in OWN_PASSWORDS), True),
        "leftovers": ([path.name for path in folder.glob("*.new")] + [path.name for path in folder.glob(".*.new")], []),
        "apps": (list(places.heroku.apps), []),
    }
    wrong = [f"host: {what} is {is_}" for what, (is_, should) in wanted.items() if is_ != should]
    at = f"{places.url}/hosted/{name}"
    return [*_github(places, [name], name, head, environment), *wrong, *_meta(places, name, at)]


def shared_differences(places: Places, desk: Path, hub: str, name: str, environment: Mapping[str, str]) -> list[str]:
    """The same of a client in another's app: its folder committed once, one build of that, its own variables beside."""
    shared, own = Repository(desk / hub), Repository(desk / name)
    app, head = places.heroku.apps[f"remanso-{hub}"], shared.head()
    built = [build["source_blob"]["version"] for build in app.builds]
    current = next(each for each in app.builds if each["slug"] and each["slug"] == (app.current or {}).get("slug"))
    wanted = {
        "apps": (list(places.heroku.apps), [f"remanso-{hub}"]),
        "folder": (shared.git("rev-parse", f"HEAD:clients/{name}"), own.git("rev-parse", "HEAD^{tree}")),
        "commits": (shared.git("log", "--format=%s").splitlines().count(f"Client {name}"), 1),
        "clean": (shared.is_clean(), True),
        "builds": (built.count(head), 1),
        "running": (current["source_blob"]["version"], head),
        "config": (
            {key: app.config.get(key) for key in _secrets(name)},
            {key: environment[key] for key in _secrets(name)},
        ),
    }
    wrong = [f"shared: {what} is {is_}" for what, (is_, should) in wanted.items() if is_ != should]
    at = f"{places.url}/run/remanso-{hub}"
    return [*_github(places, [hub, name], name, own.head() or "", environment), *wrong, *_meta(places, name, at)]


def _secrets(name: str) -> list[str]:
    prefix = name.upper().replace("-", "_")
    return [f"{prefix}_APP_SECRET", f"{prefix}_VERIFY_TOKEN", f"{prefix}_ACCESS_TOKEN", "REMANSO_OPENAI_API_KEY"]


def _github(places: Places, all_of_them: list[str], name: str, head: str, environment: Mapping[str, str]) -> list[str]:
    repositories, full = places.github.repositories, f"acme/{name}"
    if list(repositories) != [f"acme/{each}" for each in all_of_them]:
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
    apps = places.heroku.apps
    if list(apps) != [f"remanso-{name}"]:
        return [f"apps: {list(apps)}"]
    app = apps[f"remanso-{name}"]
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
        "config": (config, {**told, **{key: environment[key] for key in _secrets(name)}}),
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


def _meta(places: Places, name: str, at: str) -> list[str]:
    account = places.simulator.management.accounts[WABA]
    url = f"{at}/webhooks/whatsapp/{name}"
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
