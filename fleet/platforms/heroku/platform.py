"""A client's bot on Heroku: an app of its own, or a place in a shared one."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx

from fleet.calls import tls
from fleet.clients.steps import State, Step, Tell
from fleet.collector.steps import CollectorSite, EntryStep
from fleet.platforms.heroku.build import BuildStep, FormationStep, scale, settle
from fleet.platforms.heroku.site import HerokuSite
from fleet.platforms.heroku.steps import AddonStep, AppStep, ConfigStep, DrainStep, PipelineStep, monthly_cents
from fleet.platforms.platform import Config, Deployment, Platform
from fleet.trouble import OutsideFailed, OutsideUnavailable

POSTGRES = "heroku-postgresql"


class HerokuPlatform(Platform):
    def __init__(self, site: HerokuSite, drain: str | None, collector: CollectorSite | None = None) -> None:
        self._site, self._drain, self._collector = site, drain, collector

    def steps(self) -> Sequence[Step]:
        site, plan = self._site, self._site.plan
        steps: list[Step] = [AppStep(site)]
        if plan.pipeline:
            steps.append(PipelineStep(site, plan.pipeline))
        steps += [
            AddonStep(site, POSTGRES, plan.postgres, "DATABASE", "Heroku Postgres"),
            AddonStep(site, "cloudamqp", plan.cloudamqp, "CLOUDAMQP", "CloudAMQP (RabbitMQ)"),
            ConfigStep(site),
            BuildStep(site),
            FormationStep(site),
        ]
        if self._drain:
            steps.append(DrainStep(site, lambda: self._drain))
        return [*steps, *self._told()]

    def _told(self) -> Iterator[Step]:
        """What tells the operators' panel of this app; entered first, or the drain would be refused."""
        if self._collector is None:
            return
        yield EntryStep(self._collector)
        yield DrainStep(self._site, self._collector.drain_url, "panel-drain", "Log drain to the operators' panel")

    def url(self) -> str | None:
        body = self._site.found()
        return str(body["web_url"]).rstrip("/") if body else None

    def database_url(self) -> str | None:
        """Read anew each time: Heroku changes the password by itself."""
        return self._site.config().get("DATABASE_URL") if self._site.found() else None

    def back_up(self, target: Path) -> bool:
        url = self.database_url()
        if url:
            from fleet.backup.making import back_up

            back_up(url, target)
        elif self._site.found() and any(each["addon_service"]["name"] == POSTGRES for each in self._addons()):
            raise OutsideFailed(f"Heroku: {self._site.app}", "has a database, and DATABASE_URL does not say where")
        return url is not None

    def status(self) -> Deployment:
        site, url = self._site, self.url()
        if url is None:
            return Deployment(trouble="not provisioned")
        release = site.current_release()
        dynos = site.api.all(f"{site.path}/dynos")
        up = [dyno["type"] for dyno in dynos if dyno["state"] == "up"]
        crashed = sorted({dyno["name"] for dyno in dynos if dyno["state"] == "crashed"})
        commit = self._commit(release)
        return Deployment(
            url=url,
            commit=commit,
            behind=commit is not None and self._is_behind(commit),
            release=f"v{release['version']}" if release else None,
            processes={kind: up.count(kind) for kind in sorted(set(up))},
            trouble=f"crashed: {', '.join(crashed)}" if crashed else "",
            cents=self._cents(),
        )

    def deploy(self, tell: Tell) -> None:
        step = BuildStep(self._site)
        if step.look().state is not State.DONE:
            step.apply(tell)

    def roll_back(self) -> str:
        """The newest release before the current one with other code. Its slug is released anew, in one call: Heroku's
        own rollback would bring back old config vars, and so secrets that have been changed since."""
        site = self._site
        releases = sorted(site.api.all(f"{site.path}/releases"), key=lambda each: int(each["version"]), reverse=True)
        current = next((each for each in releases if each["current"]), None)
        before = next((each for each in releases if current and _goes_back_from(current, each)), None)
        if before is None:
            raise OutsideFailed(f"Heroku: {site.app}", "no earlier release to go back to")
        wanted = {"slug": before["slug"]["id"], "description": f"Rollback to v{before['version']}"}
        settle(site, site.api.call("POST", f"{site.path}/releases", json=wanted).json(), lambda _: None)
        return f"v{before['version']}"

    def differing(self, values: Config) -> list[str]:
        there = self._site.config()
        return [name for name, value in values.items() if there.get(name) != value]

    def set_config(self, values: Config) -> list[str]:
        stale = self.differing(values)
        if stale:
            self._site.api.call("PATCH", f"{self._site.path}/config-vars", json={name: values[name] for name in stale})
        return stale

    def restart(self) -> None:
        self._site.api.call("DELETE", f"{self._site.path}/dynos")

    def scale(self, processes: Mapping[str, int]) -> None:
        scale(self._site, processes)

    def logs(self, lines: int) -> Iterator[str]:
        session = self._site.api.call("POST", f"{self._site.path}/log-sessions", json={"lines": lines, "tail": False})
        try:
            with httpx.stream("GET", session.json()["logplex_url"], timeout=30.0, verify=tls()) as answer:
                yield from answer.iter_lines()
        except httpx.HTTPError:
            raise OutsideUnavailable(f"Heroku: the log of {self._site.app} broke off") from None

    def _commit(self, release: dict[str, Any] | None) -> str | None:
        slug = ((release or {}).get("slug") or {}).get("id")
        builds = self._site.builds() if slug else []
        build = next((each for each in builds if (each["slug"] or {}).get("id") == slug), None)
        return build["source_blob"].get("version") if build else None

    def _is_behind(self, commit: str) -> bool:
        return commit != self._site.local.head()

    def _addons(self) -> list[dict[str, Any]]:
        return self._site.api.all(f"{self._site.path}/addons")

    def _cents(self) -> int | None:
        addons = sum(int((each["billed_price"] or {}).get("cents", 0)) for each in self._addons())
        return addons + monthly_cents(self._site.plan, self._site.api.all("/dyno-sizes"))


def _goes_back_from(current: Mapping[str, Any], earlier: Mapping[str, Any]) -> bool:
    return bool(
        earlier["version"] < current["version"]
        and earlier["eligible_for_rollback"]
        and earlier["status"] == "succeeded"
        and earlier["slug"]
        and earlier["slug"]["id"] != (current["slug"] or {}).get("id")
    )
