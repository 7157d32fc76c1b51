"""Bringing code to run on Heroku: source uploaded, built, released; then the processes at their numbers."""

import hashlib
from collections.abc import Mapping
from typing import Any

import httpx

from fleet.calls import tls
from fleet.clients.steps import Finding, State, Step, Tell
from fleet.platforms.heroku.site import HerokuSite
from fleet.trouble import OutsideFailed, OutsideUnavailable

LOOKS = 600
TAIL = 12
"""Lines of a failed build that are told."""


class BuildStep(Step):
    """A build is known by the commit it was given as version, so a run that comes after a dead one finds it."""

    key, title = "build", "Build and release"

    def __init__(self, site: HerokuSite) -> None:
        self._site = site

    def look(self) -> Finding:
        site, head = self._site, self._head()
        if site.found() is None:
            return Finding(State.WAITS, "", f"build and release {head[:8]}")
        build = self._build(head)
        if build is None or build["status"] == "failed":
            return Finding(State.DIFFERS, self._running(), f"build and release {head[:8]}")
        if build["status"] == "pending":
            return Finding(State.DIFFERS, f"{head[:8]} is being built", "wait for it")
        current = site.current_release()
        if current and build["slug"] and (current["slug"] or {}).get("id") == build["slug"]["id"]:
            return Finding(State.DONE, f"v{current['version']}, {head[:8]}")
        return Finding(State.DIFFERS, self._running(), f"release {head[:8]}")

    def apply(self, tell: Tell) -> None:
        head = self._head()
        build = self._build(head)
        if build is None or build["status"] == "failed":
            build = self._start(head)
        if build["status"] == "pending":
            build = self._follow(build, tell)
        settle(self._site, self._released(build), tell)

    def _start(self, head: str) -> dict[str, Any]:
        site, code = self._site, self._site.local.archive()
        source = site.api.call("POST", "/sources").json()["source_blob"]
        _upload(source["put_url"], code)
        checksum = f"SHA256:{hashlib.sha256(code).hexdigest()}"
        wanted = {"source_blob": {"url": source["get_url"], "checksum": checksum, "version": head}}
        build: dict[str, Any] = site.api.call("POST", f"{site.path}/builds", json=wanted).json()
        return build

    def _follow(self, build: dict[str, Any], tell: Tell) -> dict[str, Any]:
        """The stream is for people; what the build came to, the API tells."""
        said = _stream(build["output_stream_url"], tell)
        for _ in range(LOOKS):
            now: dict[str, Any] = self._site.api.get(f"{self._site.path}/builds/{build['id']}")
            if now["status"] == "succeeded":
                return now
            if now["status"] == "failed":
                raise OutsideFailed(
                    f"Heroku: build {now['id']}",
                    "failed: " + " | ".join(said[-TAIL:]),
                    todo="mend the code and commit it",
                )
            self._site.pause()
        raise OutsideUnavailable("Heroku: the build has not ended")

    def _released(self, build: dict[str, Any]) -> dict[str, Any]:
        """The release of a build that succeeded; it is made anew where another has taken its place."""
        site, current = self._site, self._site.current_release()
        release = site.api.find(f"{site.path}/releases/{build['release']['id']}") if build["release"] else None
        overtaken = current and release and current["version"] > release["version"]
        if release is None or overtaken or release["status"] in ("failed", "expired"):
            wanted = {"slug": build["slug"]["id"], "description": f"Deploy {str(self._head())[:8]}"}
            release = site.api.call("POST", f"{site.path}/releases", json=wanted).json()
        return dict(release)

    def _build(self, head: str) -> dict[str, Any] | None:
        builds = [build for build in self._site.builds() if build["source_blob"].get("version") == head]
        return builds[0] if builds else None

    def _head(self) -> str:
        head = self._site.local.head()
        if head is None:
            raise OutsideFailed("git", "there is no commit", todo="commit what is to be deployed")
        return head

    def _running(self) -> str:
        current = self._site.current_release()
        return f"v{current['version']}" if current and current["slug"] else "no code yet"


class FormationStep(Step):
    key, title = "formation", "Dynos"

    def __init__(self, site: HerokuSite) -> None:
        self._site = site

    def look(self) -> Finding:
        site, plan = self._site, self._site.plan
        wanted = ", ".join(f"{kind}={count}" for kind, count in plan.formation.items()) + f" ({plan.size})"
        if site.found() is None:
            return Finding(State.WAITS, "", f"run {wanted}")
        there = {each["type"]: (each["quantity"], _size(each)) for each in self._formation()}
        if not plan.formation.keys() <= there.keys():
            return Finding(State.WAITS, "", f"run {wanted}")
        if all(there[kind] == (count, plan.size.lower()) for kind, count in plan.formation.items()):
            return Finding(State.DONE, wanted)
        shown = ", ".join(f"{kind}={count}" for kind, (count, _) in sorted(there.items()))
        return Finding(State.DIFFERS, shown, f"run {wanted}")

    def apply(self, tell: Tell) -> None:
        missing = self._site.plan.formation.keys() - {each["type"] for each in self._formation()}
        if missing:
            raise OutsideFailed(
                "Heroku",
                f"the code has no process {', '.join(missing)}",
                todo="name it in the Procfile, or not in heroku.formation",
            )
        scale(self._site, self._site.plan.formation)

    def _formation(self) -> list[dict[str, Any]]:
        return self._site.api.all(f"{self._site.path}/formation")


def _size(process: Mapping[str, Any]) -> str:
    """Heroku writes sizes now this way, now that: `Standard-1X`, `standard-1x`; in one field, or in the other."""
    return str((process.get("dyno_size") or {}).get("name") or process.get("size", "")).lower()


def scale(site: HerokuSite, processes: Any) -> None:
    """Absolute numbers, in one batch."""
    updates = [
        {"type": kind, "quantity": count, "dyno_size": {"name": site.plan.size}} for kind, count in processes.items()
    ]
    site.api.call("PATCH", f"{site.path}/formation", json={"updates": updates})


def settle(site: HerokuSite, release: Mapping[str, Any], tell: Tell) -> None:
    """Returns once the release has taken over, its migrations done. Raises OutsideFailed, OutsideUnavailable."""
    path = f"{site.path}/releases/{release['id']}"
    for _ in range(LOOKS):
        now = site.api.get(path)
        if now["status"] == "succeeded":
            return
        if now["status"] in ("failed", "expired"):
            said = _stream(now["output_stream_url"], tell) if now.get("output_stream_url") else []
            raise OutsideFailed(
                f"Heroku: release v{now['version']}",
                f"{now['status']}; the release before goes on running. {' | '.join(said[-TAIL:])}",
                todo="the command of `release:` in the Procfile says why; mend it and commit",
            )
        site.pause()
    raise OutsideUnavailable(f"Heroku: release v{release['version']} has not ended")


def _upload(url: str, code: bytes) -> None:
    """To a presigned address: neither token nor content type may go with it."""
    try:
        answer = httpx.put(url, content=code, timeout=120.0, verify=tls())
    except httpx.HTTPError:
        raise OutsideUnavailable("Heroku: the source could not be uploaded") from None
    if answer.status_code >= 400:
        raise OutsideUnavailable(f"Heroku: the upload was answered with {answer.status_code}")


def _stream(url: str, tell: Tell) -> list[str]:
    """The lines of a build's or release's output, told as they come. A stream that breaks is no trouble."""
    said: list[str] = []
    try:
        with httpx.stream("GET", url, timeout=httpx.Timeout(30.0, read=120.0), verify=tls()) as answer:
            for line in answer.iter_lines():
                if line.strip():
                    said.append(line.strip())
                    tell(line.strip())
    except httpx.HTTPError:
        tell("the output broke off; asking for the result")
    return said
