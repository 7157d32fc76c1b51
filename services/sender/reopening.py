"""The window is closed and texts are held: the client's template asks the contact to write, once, and then they go.

In the contact's language, where the client has a template in it that Meta lets be sent.

Swept, not triggered: the template may be approved days after the window closed, and a sender may die between the two.
"""

import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter

from remanso.errors import Forgotten
from remanso.model.health import MARKETING
from remanso.model.outgoing import Template
from remanso.plugin.registry import Client, Registry
from remanso.plugin.templates import ApprovedTemplate, ReopenTemplate
from remanso.store import Store, Transaction
from remanso.store.contacts import Contact
from remanso.store.reopenings import Silent
from services.sender.templates import account_of

LIMIT = 50

REOPENINGS = Counter("remanso_sender_reopenings_total", "Templates queued to ask silent contacts to write.", ["client"])

log = structlog.get_logger()


class Reopening:
    def __init__(
        self, store: Store, registry: Registry, drain: Callable[[UUID], Awaitable[None]], window: timedelta
    ) -> None:
        self._store = store
        self._registry = registry
        self._drain = drain
        self._window = window

    async def sweep(self) -> None:
        """Queues the template where something is held. Raises StoreUnavailable."""
        for client in self._registry.clients.values():
            template = client.config.templates.reopen
            if template is None:
                continue
            async with self._store.transaction() as tx:
                silent = await tx.reopenings.silent(client.name, LIMIT, window=self._window)
            for one in silent:
                with contextlib.suppress(Forgotten):
                    if await self._ask(client, template, one):
                        await self._drain(one.conversation_id)

    async def _ask(self, client: Client, template: ReopenTemplate, silent: Silent) -> bool:
        """One at a time: in one transaction each conversation would be locked until the last one is done."""
        async with self._store.transaction() as tx:
            conversation = await tx.conversations.lock(silent.conversation_id)
            contact = await tx.contacts.get(silent.contact_id)
            if contact is None:
                return False
            spoken = [
                each for each in template.for_speaker(contact.language) if await self._may(tx, client, each, silent)
            ]
            if not spoken:
                return False
            position = await tx.conversations.take_delivery_positions(conversation.id, 1)
            payload = filled(spoken[0], client, contact).payload()
            queued = await tx.reopenings.ask(silent, position, payload, epoch=conversation.epoch)
        if queued:
            REOPENINGS.labels(client.name).inc()
            log.info("reopening.queued", conversation_id=str(silent.conversation_id), client=client.name)
        return queued

    async def _may(self, tx: Transaction, client: Client, template: ApprovedTemplate, silent: Silent) -> bool:
        """Only what Meta is known to have approved goes to somebody who did not ask for it."""
        account = account_of(client, silent.channel)
        standing = await tx.health.standing(account, template.name, template.language)
        if standing is None or standing.status is None or not standing.may_be_sent:
            return False
        marketing = standing.category in (None, MARKETING)
        return not (marketing and await tx.reopenings.refuses_marketing(silent.contact_id))


def filled(template: ApprovedTemplate, client: Client, contact: Contact) -> Template:
    """The template for this contact, by the name that is known of them."""
    body = template.filled(contact.name or contact.profile_name, client.config.title)
    return Template(name=template.name, language=template.language, body=body)
