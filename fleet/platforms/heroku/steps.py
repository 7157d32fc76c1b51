"""From nothing to a Heroku app that has all a bot needs but its code: app, pipeline, add-ons, config vars."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fleet.clients.steps import Finding, State, Step, Tell
from fleet.collector.api import without_password
from fleet.inventory import HerokuPlan
from fleet.platforms.heroku.site import MARK, HerokuSite, only
from fleet.secrets.sources import fingerprint
from fleet.trouble import Foreign, OutsideFailed, OutsideUnavailable

APP_LOOKS = 10
ADDON_LOOKS = 400
"""About 20 minutes, which Heroku Postgres may take at the worst."""


class AppStep(Step):
    key, title = "app", "Heroku app"

    def __init__(self, site: HerokuSite) -> None:
        self._site = site

    def look(self) -> Finding:
        site = self._site
        body = site.found()
        if body is None and site.unmarked():
            return Finding(State.ABSENT, f"{site.app}, made by a run that died", "mark it as this client's")
        if body is None:
            where = f"in the team {site.plan.team}" if site.plan.team else "in your own account"
            return Finding(State.ABSENT, "", f"create {site.app} ({site.plan.region}, {site.plan.stack}) {where}")
        return Finding(State.DONE, f"{site.app}, {body['web_url']}")

    def apply(self, tell: Tell) -> None:
        """What was just made may be out of sight for some seconds, also for the run after one that died."""
        refused = None if self._site.unmarked() else self._create()
        for _ in range(APP_LOOKS):
            if self._site.unmarked():
                self._site.api.call("PATCH", f"{self._site.path}/config-vars", json={MARK: self._site.client})
                return
            self._site.pause()
        raise refused or OutsideUnavailable(f"Heroku: {self._site.app} was made and is not to be seen")

    def _create(self) -> OutsideFailed | None:
        site = self._site
        wanted = {"name": site.app, "region": site.plan.region, "stack": site.plan.stack}
        place, more = ("/teams/apps", {"team": site.plan.team}) if site.plan.team else ("/apps", {})
        try:
            site.api.call("POST", place, json=wanted | more)
        except OutsideFailed as why:
            if why.code != "invalid_params":
                raise
            return why  # the name is taken: by a run of ours that died, or by a stranger
        return None

    def undo(self) -> str | None:
        body = self._site.found() or self._site.unmarked()
        if body is None:
            return None
        self._site.api.call("DELETE", f"/apps/{body['id']}")
        self._site.seen = None
        return f"{self._site.app} deleted, with its add-ons"


class SharedAppStep(Step):
    """The app of many clients is never made here."""

    key, title = "app", "Shared Heroku app"

    def __init__(self, site: HerokuSite) -> None:
        self._site = site

    def look(self) -> Finding:
        body = self._site.found()
        if body is None:
            raise OutsideFailed(
                f"Heroku: {self._site.app}", "there is no such app", todo="provision the shared deployment first"
            )
        return Finding(State.DONE, f"{self._site.app}, shared")

    def apply(self, tell: Tell) -> None:
        raise AssertionError("it is there, or the look has failed")


class PipelineStep(Step):
    key, title = "pipeline", "Heroku pipeline"

    def __init__(self, site: HerokuSite, pipeline: str) -> None:
        self._site, self._pipeline = site, pipeline

    def look(self) -> Finding:
        will = f"couple {self._site.app} to {self._pipeline} as {self._site.plan.stage}"
        found = self._site.api.find(f"/pipelines/{self._pipeline}")
        if found is None:
            raise OutsideFailed(
                f"Heroku: pipeline {self._pipeline}",
                "there is no such pipeline",
                todo="make it once for the whole fleet: heroku pipelines:create, or leave heroku.pipeline out",
            )
        if self._site.found() is None:
            return Finding(State.WAITS, "", will)
        coupling = self._coupling()
        if coupling is None:
            return Finding(State.ABSENT, "in no pipeline", will)
        if coupling["pipeline"]["id"] != found["id"]:
            raise Foreign(
                f"Heroku: {self._site.app}", "is in another pipeline", todo="heroku pipelines:remove, then again"
            )
        return Finding(State.DONE, f"{self._pipeline}, {coupling['stage']}")

    def apply(self, tell: Tell) -> None:
        pipeline = self._site.api.get(f"/pipelines/{self._pipeline}")
        wanted = {"app": self._site.app, "pipeline": pipeline["id"], "stage": self._site.plan.stage}
        self._site.api.call("POST", "/pipeline-couplings", json=wanted)

    def undo(self) -> str | None:
        coupling = self._coupling() if self._site.found() else None
        if coupling is None:
            return None
        self._site.api.call("DELETE", f"/pipeline-couplings/{coupling['id']}")
        return f"taken out of {self._pipeline}"

    def _coupling(self) -> dict[str, Any] | None:
        body: dict[str, Any] | None = self._site.api.find(f"{self._site.path}/pipeline-couplings")
        return body


class AddonStep(Step):
    """Named after the app, so that two tries to make it cannot make two."""

    def __init__(self, site: HerokuSite, service: str, plan: str, variable: str, title: str) -> None:
        self.key, self.title = f"addon {service}", title
        self._site, self._service, self._plan, self._variable = site, service, f"{service}:{plan}", variable

    def look(self) -> Finding:
        cents = self._price()
        will = f"create {self._plan}, {cents / 100:.2f} USD a month"
        if self._site.found() is None:
            return Finding(State.WAITS, "", will, cents)
        addon = self._addon()
        if addon is None:
            return Finding(State.ABSENT, "", will, cents)
        told = f"{addon['plan']['name']} ({addon['name']})"
        if addon["state"] == "provisioning":
            return Finding(State.DIFFERS, f"{told}, being made", "wait for it")
        if addon["state"] != "provisioned":
            raise OutsideFailed(f"Heroku: {told}", f"is {addon['state']}", todo="remove it by hand, then run again")
        return Finding(
            State.DONE, told if addon["plan"]["name"] == self._plan else f"{told}; the inventory says {self._plan}"
        )

    def apply(self, tell: Tell) -> None:
        site = self._site
        if self._addon() is None:
            wanted = {"plan": self._plan, "name": self._name, "attachment": {"name": self._variable}}
            site.api.call("POST", f"{site.path}/addons", json=wanted)
        for _ in range(ADDON_LOOKS):
            addon = self._addon()
            if addon is None or addon["state"] != "provisioning":
                return  # what it is now, the next look tells
            tell(f"{addon['name']} is being made")
            site.pause()
        raise OutsideUnavailable(f"Heroku: {self._name} is still being made")

    def undo(self) -> str | None:
        """Only the one we named: a found database has another name."""
        addon = only(self._site.api.find_all(f"{self._site.path}/addons"), name=self._name)
        if addon is None:
            return None
        self._site.api.call("DELETE", f"{self._site.path}/addons/{addon['id']}")
        return f"{self._name} deleted"

    @property
    def _name(self) -> str:
        return f"{self._site.app}-{self._variable.lower()}"

    def _addon(self) -> dict[str, Any] | None:
        addons = self._site.api.all(f"{self._site.path}/addons")
        return next((addon for addon in addons if addon["addon_service"]["name"] == self._service), None)

    def _price(self) -> int:
        plans = self._site.api.all(f"/addon-services/{self._service}/plans")
        plan = only(plans, name=self._plan)
        if plan is None:
            known = ", ".join(each["name"].partition(":")[2] for each in plans[:12])
            raise OutsideFailed(f"Heroku: {self._service}", f"has no plan {self._plan}", todo=f"choose one of {known}")
        return int(plan["price"]["cents"])


class ConfigStep(Step):
    """All in one PATCH: each is a release, and restarts every dyno."""

    key, title = "config", "Config vars"

    def __init__(self, site: HerokuSite) -> None:
        self._site = site

    def look(self) -> Finding:
        site = self._site
        if site.found() is None:
            return Finding(State.WAITS, "", f"set {', '.join([*self._wanted(), *site.generated])}")
        there = site.config()
        wanted = self._wanted() | self._generated(there)
        stale = {name: value for name, value in wanted.items() if there.get(name) != value}
        if not stale:
            return Finding(State.DONE, f"{len(wanted)} as wanted")
        shown = ", ".join(f"{name} ({self._shown(name, there.get(name), value)})" for name, value in stale.items())
        return Finding(State.DIFFERS, f"{len(wanted) - len(stale)} of {len(wanted)} as wanted", f"set {shown}")

    def apply(self, tell: Tell) -> None:
        there = self._site.config()
        wanted = self._wanted() | self._generated(there)
        stale = {name: value for name, value in wanted.items() if there.get(name) != value}
        self._site.api.call("PATCH", f"{self._site.path}/config-vars", json=stale)

    def _wanted(self) -> dict[str, str]:
        site = self._site
        secrets = {name: value.get_secret_value() for name, value in site.values.items()}
        body = site.found()
        web = {"REMANSO_CONSOLE_URL": str(body["web_url"]).rstrip("/")} if body else {}
        return {**web, **site.told, **site.plan.config, **secrets}

    def _generated(self, there: Mapping[str, str]) -> dict[str, str]:
        """Made once, and kept by the app alone."""
        return {name: there.get(name) or make() for name, make in self._site.generated.items()}

    def _shown(self, name: str, old: str | None, new: str) -> str:
        if name not in self._site.values and name not in self._site.generated:
            return new
        return f"{'new' if old is None else 'changed'}, {fingerprint(self._site.client, new)}"


class DrainStep(Step):
    """`url` is None before it can be known. Another drain to the same place has an old password, and is replaced."""

    def __init__(
        self, site: HerokuSite, url: Callable[[], str | None], key: str = "drain", title: str = "Log drain"
    ) -> None:
        self.key, self.title = key, title
        self._site, self._url = site, url

    def look(self) -> Finding:
        will = "send logs to the drain"
        url = self._url() if self._site.found() else None
        if url is None:
            return Finding(State.WAITS, "", will)
        there = self._drains(url)
        if not there:
            return Finding(State.ABSENT, "", will)
        if [drain["url"] for drain in there] == [url]:
            return Finding(State.DONE, "logs go to the drain")
        return Finding(State.DIFFERS, "logs go there with an old password", will)

    def apply(self, tell: Tell) -> None:
        """The new one first: what is said in between comes twice rather than never."""
        url = self._url()
        if url is None:
            raise OutsideFailed("Heroku", "the drain's address is not known yet", todo="provision config vars first")
        there = self._drains(url)
        if not only(there, url=url):
            self._site.api.call("POST", f"{self._site.path}/log-drains", json={"url": url})
        self._drop(drain for drain in there if drain["url"] != url)

    def undo(self) -> str | None:
        url = self._url() if self._site.found() else None
        there = self._drains(url) if url else []
        self._drop(there)
        return "removed" if there else None

    def _drop(self, drains: Iterable[dict[str, Any]]) -> None:
        for drain in drains:
            self._site.api.call("DELETE", f"{self._site.path}/log-drains/{drain['id']}")

    def _drains(self, url: str) -> list[dict[str, Any]]:
        """Those that lead to the same place, whoever they say they are."""
        drains = self._site.api.all(f"{self._site.path}/log-drains")
        return [drain for drain in drains if without_password(drain["url"]) == without_password(url)]


def monthly_cents(plan: HerokuPlan, dyno_sizes: list[dict[str, Any]]) -> int:
    """What the dynos cost, by the prices the API tells."""
    size = only(dyno_sizes, name=plan.size) or {}
    return int((size.get("cost") or {}).get("cents", 0)) * sum(plan.formation.values())
