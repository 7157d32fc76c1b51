"""What of the inbox is shown: it stands in the query string, so that a link or a reload shows the same."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, HTTPException

from remanso.store import Transaction
from remanso.store.inbox import Choice, Cursor, Row
from services.console.people.viewer import Viewer

PAGE = 40


@dataclass(frozen=True)
class Listing:
    """`before` is the last row of the page before, as `<moment>_<id>`."""

    view: Choice
    q: str
    of: str | None
    before: str

    @property
    def cursor(self) -> Cursor | None:
        if not self.before:
            return None
        at, _, row = self.before.partition("_")
        try:
            return Cursor(datetime.fromisoformat(at), UUID(row))
        except ValueError:
            raise HTTPException(422) from None

    def query(self, **changes: str) -> str:
        """The query string that shows this, with changes; what is as by default is left out."""
        told = {"view": str(self.view), "q": self.q, "of": self.of or ""} | changes
        kept = {key: value for key, value in told.items() if value and (key, value) != ("view", "open")}
        return f"?{urlencode(kept)}" if kept else ""


def _listing(view: str = "open", q: str = "", of: str = "", before: str = "") -> Listing:
    chosen = Choice(view) if view in list(Choice) else Choice.OPEN
    return Listing(chosen, q.strip()[:100], of or None, before[:100])


Asked = Annotated[Listing, Depends(_listing)]


@dataclass(frozen=True)
class Page:
    """Some rows, and where the next ones begin (empty: there are none)."""

    rows: list[Row]
    next: str


async def page_of(tx: Transaction, viewer: Viewer, listing: Listing) -> Page:
    rows = await viewer.views(tx).inbox.page(
        viewer.user.id,
        choice=listing.view,
        search=listing.q,
        client=listing.of,
        after=listing.cursor,
        limit=PAGE + 1,
    )
    shown = rows[:PAGE]
    last = shown[-1] if len(rows) > PAGE else None
    return Page(shown, f"{last.last_at.isoformat()}_{last.id}" if last else "")
