"""The health of channels as metrics: what Meta thinks of a client's templates, numbers and accounts right now."""

from collections import Counter

from prometheus_client import Gauge

from remanso.store import Store
from remanso.store.health import AccountHealth, ChannelHealth, TemplateHealth

QUALITY = {"RED": 1, "YELLOW": 2, "GREEN": 3}

TEMPLATES = Gauge("remanso_console_templates", "Templates by Meta's state of them.", ["client", "status"])
TEMPLATE_QUALITY = Gauge("remanso_console_templates_rated", "Templates by quality.", ["client", "quality"])
CHANNEL_QUALITY = Gauge(
    "remanso_console_channel_quality",
    "Quality of a number: 3 green, 2 yellow, 1 red, 0 unknown.",
    ["client", "channel"],
)
CONNECTED = Gauge("remanso_console_channel_connected", "1 where a number can send.", ["client", "channel"])
RESTRICTIONS = Gauge(
    "remanso_console_account_restrictions", "Restrictions in force on an account.", ["client", "account"]
)
APPROVED = Gauge("remanso_console_account_approved", "1 where Meta's review lets an account be.", ["client", "account"])

_FALLEN = frozenset({"DISABLE", "ACCOUNT_DELETED", "ACCOUNT_OFFBOARDED", "PARTNER_REMOVED"})


class HealthMetrics:
    """Every label is a client, a number's id at Meta, an account or a word of Meta's: nothing about people."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def sweep(self) -> None:
        """Reads what holds now. Raises StoreUnavailable."""
        async with self._store.transaction() as tx:
            clients = await tx.health.clients()
            found = [
                (client, await tx.health.templates_of(client), await tx.health.channels_of(client),
                 await tx.health.accounts_of(client))
                for client in clients
            ]  # fmt: skip
        for gauge in (TEMPLATES, TEMPLATE_QUALITY, CHANNEL_QUALITY, CONNECTED, RESTRICTIONS, APPROVED):
            gauge.clear()
        for client, templates, channels, accounts in found:
            _templates(client, templates)
            _channels(client, channels)
            _accounts(client, accounts)


def _templates(client: str, templates: list[TemplateHealth]) -> None:
    for status, count in Counter(one.status or "UNKNOWN" for one in templates).items():
        TEMPLATES.labels(client, status).set(count)
    for quality, count in Counter(one.quality or "UNKNOWN" for one in templates).items():
        TEMPLATE_QUALITY.labels(client, quality).set(count)


def _channels(client: str, channels: list[ChannelHealth]) -> None:
    for one in channels:
        if one.channel is not None:
            CHANNEL_QUALITY.labels(client, one.channel).set(QUALITY.get(one.quality or "", 0))
            CONNECTED.labels(client, one.channel).set(one.status == "CONNECTED")


def _accounts(client: str, accounts: list[AccountHealth]) -> None:
    for one in accounts:
        RESTRICTIONS.labels(client, one.account).set(len(one.restrictions))
        APPROVED.labels(client, one.account).set(one.review in (None, "APPROVED") and one.standing not in _FALLEN)
