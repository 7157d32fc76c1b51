"""Reports come in: template and quality changes, dashboard tests, numbers and fields nobody knows. All are kept."""

from collections.abc import Sequence

from prometheus_client import Counter

from remanso.bus import Received
from remanso.events import ChannelReported, Envelope, carried
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
        reports = {received.envelope.id: _report(received.envelope) for received in batch}
        async with self._store.transaction() as tx:
            await tx.reports.add([reports[key] for key in sorted(reports)])
        for report in reports.values():
            REPORTS.labels(report.client, report.kind).inc()


def _report(envelope: Envelope) -> Report:
    told = dict(carried(envelope, ChannelReported))
    return Report(id=envelope.id, client=envelope.client, received_at=envelope.received_at, **told)
