"""One collection of one client, as the pages of this room hold it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from fastapi import HTTPException

from remanso.plugin.collections import Collection
from remanso.plugin.search import best_first
from remanso.store import Transaction
from remanso.store.offers import Offer
from services.console.catalogue.fields import FormField, fields_of, shown
from services.console.console import Console
from services.console.people.viewer import Viewer

log = structlog.get_logger()


@dataclass(frozen=True)
class Shelf:
    client: str
    collection: Collection[Any]
    fields: tuple[FormField, ...]

    @property
    def path(self) -> str:
        return f"/clients/{self.client}/catalogue/{self.collection.name}"

    @property
    def label(self) -> str:
        return self.collection.label or self.collection.name.replace("_", " ").capitalize()

    def title(self, offer: Offer) -> str:
        return shown(offer.data.get(self.collection.title)) or offer.key

    def found(self, offers: list[Offer], text: str) -> list[Offer]:
        """Those that have to do with `text`, as the bot's own search finds them."""
        names = self.collection.search or (self.collection.title,)
        texts = [tuple(shown(offer.data.get(name)) for name in names) for offer in offers]
        return [offers[place] for place in best_first(text, texts)] if text.strip() else offers

    def previews(self, item: Any) -> dict[str, str]:
        """{language: what contacts get}; empty where the client shows none."""
        if item is None or self.collection.preview is None:
            return {}
        try:
            return {language: str(self.collection.preview(item, language)) for language in ("es", "en")}
        except Exception as problem:  # a client's function may fail in any way; the form goes on
            log.warning("catalogue.preview_failed", client=self.client, error=type(problem).__name__)
            return {}

    async def offer(self, viewer: Viewer, tx: Transaction, item_id: UUID) -> Offer:
        """Raises 404 for an item that is another client's or another collection's."""
        offer = await viewer.views(tx).offers.one(self.client, item_id)
        if offer is None or offer.collection != self.collection.name:
            raise HTTPException(404)
        return offer


def shelves(console: Console, client: str) -> list[Shelf]:
    known = console.registry.clients.get(client)
    return [Shelf(client, each, fields_of(each)) for each in known.collections] if known else []


def shelf_of(console: Console, client: str, name: str) -> Shelf:
    """Raises 404 where the client has no such collection."""
    for shelf in shelves(console, client):
        if shelf.collection.name == name:
            return shelf
    raise HTTPException(404)
