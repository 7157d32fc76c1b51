"""Reports come in: template and quality changes, dashboard tests, numbers and fields nobody knows. All are kept, and
what they say of templates, channels and accounts becomes what holds now."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from prometheus_client import Counter

from remanso.bus import Received
from remanso.channels.whatsapp.health import facts_of
from remanso.events import ChannelReported, Envelope, carried
from remanso.model.health import Fact
from remanso.store import Store
from remanso.store.reports import Report

REPORTS = Counter(
    "remanso_console_reports_total", "What Meta told about numbers, accounts, templates, by kind.", ["client", "kind"]
)


class Reports:
    """The handler of `console.channel-reported`."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def handle(self, batch: Sequence[Received]) -> None:
        """Stores a batch in one transaction. Raises StoreUnavailable; then all of it comes again."""
        envelopes = {received.envelope.id: received.envelope for received in batch}
        reports = {key: _report(envelope) for key, envelope in envelopes.items()}
        async with self._store.transaction() as tx:
            new = await tx.reports.new_among(reports)
            await tx.reports.add([reports[key] for key in sorted(reports)])
            for client, facts in _facts(envelopes[key] for key in sorted(new)):
                await tx.health.tell(client, facts)
        for report in reports.values():
            REPORTS.labels(report.client, report.kind).inc()


def _facts(envelopes: Iterable[Envelope]) -> Iterator[tuple[str, list[Fact]]]:
    """What reports tell, client by client. A dashboard's test tells nothing about anybody."""
    told: dict[str, list[Fact]] = defaultdict(list)
    for envelope in envelopes:
        report = carried(envelope, ChannelReported)
        if report.kind == "field":
            told[envelope.client] += facts_of(report.field, report.value, report.account, envelope.occurred_at)
    yield from sorted(told.items())


def _report(envelope: Envelope) -> Report:
    told = dict(carried(envelope, ChannelReported))
    return Report(id=envelope.id, client=envelope.client, received_at=envelope.received_at, **told)
