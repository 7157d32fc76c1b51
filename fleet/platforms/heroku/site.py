"""One client's Heroku app: its name, its mark, and what is asked of it again and again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from pydantic import SecretStr

from fleet.clients.journal import Journal
from fleet.git import Repository
from fleet.inventory import HerokuPlan
from fleet.platforms.heroku.api import Heroku
from fleet.trouble import Foreign, OutsideFailed

MARK = "REMANSO_FLEET"
"""The config var that says whose app it is. Creating takes none along, so a run may die between both."""
GENERATED: Mapping[str, Callable[[], str]] = {"REMANSO_CONSOLE_SECRET": lambda: token_urlsafe(32)}
"""Secrets that nobody else needs to know."""
CLOCKS_DIFFER = timedelta(minutes=2)


@dataclass
class HerokuSite:
    """`values` are the config vars with secrets, `pause` waits between two looks."""

    api: Heroku
    plan: HerokuPlan
    client: str
    app: str
    local: Repository
    journal: Journal
    values: Mapping[str, SecretStr]
    pause: Callable[[], None]
    belongs_to: str
    """Whom the mark must name: the client, or whoever shares the app."""
    told: Mapping[str, str] = field(default_factory=dict)
    """Config vars that the inventory's other sections bring along; no secrets."""
    generated: Mapping[str, Callable[[], str]] = field(default_factory=lambda: GENERATED)
    """Secrets that the app alone keeps: made once, here."""
    everybodys: Sequence[str] = ()
    """Names of `values` that are not this client's alone."""
    seen: dict[str, Any] | None = None
    """The app, once this run has seen that it is ours: neither its id nor its address changes."""

    @property
    def path(self) -> str:
        return f"/apps/{self.app}"

    def found(self) -> dict[str, Any] | None:
        """The app, if it is ours and bears our mark. Raises Foreign."""
        if self.seen is None:
            body = self._named()
            mark = self.config().get(MARK) if body else None
            if body is not None and mark is None and self._just_made(body):
                return None
            if body is not None and mark != self.belongs_to:
                raise self._foreign("there is such an app, and it was not made for this client")
            self.seen = body
        return self.seen

    def unmarked(self) -> dict[str, Any] | None:
        """The app that a run of ours made and died before it could mark it."""
        body = self._named()
        return body if body and self._just_made(body) and MARK not in self.config() else None

    def _just_made(self, body: dict[str, Any]) -> bool:
        tried = self.journal.intended("app")
        return tried is not None and datetime.fromisoformat(body["created_at"]) > tried - CLOCKS_DIFFER

    def config(self) -> dict[str, str]:
        """All config vars, in clear: never to be shown."""
        body: dict[str, str] = self.api.get(f"{self.path}/config-vars")
        return body

    def current_release(self) -> dict[str, Any] | None:
        releases = self.api.call(
            "GET", f"{self.path}/releases", headers={"Range": "version ..; order=desc,max=20"}
        ).json()
        return next((release for release in releases if release["current"]), None)

    def builds(self) -> list[dict[str, Any]]:
        """Newest first."""
        return sorted(self.api.all(f"{self.path}/builds"), key=lambda build: str(build["created_at"]), reverse=True)

    def _named(self) -> dict[str, Any] | None:
        try:
            body: dict[str, Any] | None = self.api.find(self.path)
        except OutsideFailed as refused:
            if refused.status == 403:
                raise self._foreign("an app of this name belongs to somebody else") from None
            raise
        team = (body or {}).get("team") or {}
        if body is not None and self.plan.team and team.get("name") != self.plan.team:
            raise self._foreign(f"there is such an app outside the team {self.plan.team}")
        return body

    def _foreign(self, why: str) -> Foreign:
        todo = f"set heroku.app in the inventory to another name; or, if it is meant, set its config var {MARK} to "
        return Foreign(f"Heroku: {self.app}", why, todo=f"{todo}{self.belongs_to}")


def app_name(plan: HerokuPlan, client: str) -> str:
    """The same for the same client, always; 30 characters at most."""
    from hashlib import sha256

    name = plan.app or f"{plan.prefix}{client}"
    return name if len(name) <= 30 else f"{name[:23].rstrip('-')}-{sha256(name.encode()).hexdigest()[:6]}"


def only(items: Iterable[dict[str, Any]], **wanted: str) -> dict[str, Any] | None:
    """The first item that has these values."""
    return next((item for item in items if all(item.get(key) == value for key, value in wanted.items())), None)
