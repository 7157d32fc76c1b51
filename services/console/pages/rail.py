"""The rail at the left: every place of the console, as far as the viewer may go there.

A new page is one line here. Its label is translated in the template, so it is marked for extraction there.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.console.people.roles import Role

if TYPE_CHECKING:
    from services.console.people.viewer import Viewer


@dataclass(frozen=True)
class Place:
    """`path` may hold `{client}`; `least` None: everybody who is signed in."""

    name: str
    icon: str
    path: str
    least: Role | None
    also: str | None = None
    """Whatever begins so belongs to it, too."""


@dataclass(frozen=True)
class Stop:
    """A place as this viewer's rail shows it."""

    name: str
    icon: str
    path: str
    here: bool


PLACES = (
    Place("inbox", "inbox", "/inbox", Role.MEMBER, also="/conversations/"),
    Place("catalogue", "book-open", "/clients/{client}/catalogue", Role.MEMBER),
    Place("channels", "smartphone", "/clients/{client}/channels", Role.ADMIN),
    Place("credit", "wallet", "/clients/{client}/credit", Role.ADMIN),
    Place("quality", "gauge", "/clients/{client}/quality", Role.MEMBER),
    Place("api", "webhook", "/clients/{client}/api", Role.ADMIN),
    Place("team", "users", "/clients/{client}/team", Role.ADMIN),
    Place("operators", "activity", "/operators", Role.OPERATOR),
)


def rail(viewer: "Viewer", client: str | None, path: str) -> tuple[Stop, ...]:
    return tuple(
        Stop(place.name, place.icon, own, path == own or path.startswith((f"{own}/", place.also or f"{own}/")))
        for place in PLACES
        if (client or "{" not in place.path) and (place.least is None or viewer.may(place.least, client))
        for own in [place.path.format(client=client)]
    )


def path_in(path: str, client: str, other: str) -> str:
    """The same page of another client; where a page is of no client, that client's first one."""
    mine = f"/clients/{client}/"
    return f"/clients/{other}/{path.removeprefix(mine).split('/')[0]}" if path.startswith(mine) else f"/clients/{other}"
