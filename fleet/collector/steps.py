"""An app that tells how it is: entered at the collector, and its logs sent there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fleet.calls import Api
from fleet.clients.steps import Finding, State, Step, Tell
from fleet.collector.api import drain_url, path_of
from fleet.trouble import OutsideFailed
from remanso.errors import RemansoError
from remanso.model.app_key import AppKey
from remanso.model.heartbeat import Heartbeat
from remanso.model.tokens import hashed


@dataclass
class CollectorSite:
    """`key` is None before the app has one: its config vars hold it, and nothing else does."""

    api: Api
    url: str
    app: str
    about: Mapping[str, Any]
    key: Callable[[], AppKey | None]

    def drain_url(self) -> str | None:
        """A secret."""
        key = self.key()
        return drain_url(self.url, self.app, key) if key else None

    def found(self) -> dict[str, Any] | None:
        body: dict[str, Any] | None = self.api.find(path_of(self.app))
        return body

    def heartbeat(self) -> Heartbeat | None:
        """The app's last one; None where it told none, or the collector does not answer."""
        try:
            body = (self.found() or {}).get("heartbeat")
        except RemansoError:
            return None
        return Heartbeat.model_validate(body) if body else None

    def stands(self, standing: Mapping[str, Any]) -> None:
        """What `remanso fleet status` found of it, for the panel."""
        self.api.call("PUT", f"{path_of(self.app)}/standing", json=dict(standing))


class EntryStep(Step):
    """The collector gets what checks the app's key, never the key."""

    key, title = "collector", "Entry in the operators' panel"

    def __init__(self, site: CollectorSite) -> None:
        self._site = site

    def look(self) -> Finding:
        site, wanted = self._site, self._wanted()
        found = site.found()
        if wanted is None:
            return Finding(State.WAITS, "", f"enter {site.app}")
        if found is None:
            return Finding(State.ABSENT, "", f"enter {site.app}")
        if all(found[name] == value for name, value in wanted.items()):
            return Finding(State.DONE, f"{site.app} is entered")
        return Finding(State.DIFFERS, "entered with another key or title", f"enter {site.app} anew")

    def apply(self, tell: Tell) -> None:
        wanted = self._wanted()
        if wanted is None:
            raise OutsideFailed("collector", "the app has no REMANSO_APP_KEY", todo="provision its config vars first")
        self._site.api.call("PUT", path_of(self._site.app), json=wanted)

    def undo(self) -> str | None:
        if self._site.found() is None:
            return None
        self._site.api.call("DELETE", path_of(self._site.app))
        return f"{self._site.app} and all it told forgotten"

    def _wanted(self) -> dict[str, Any] | None:
        key = self._site.key()
        if key is None:
            return None
        about = dict(self._site.about)
        return {"public_key": key.public, "drain_hash": hashed(key.drain_password), "about": about}
