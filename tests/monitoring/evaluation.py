"""Every panel and every alert, asked of a real Prometheus: what came back, and whether it should have."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from prometheus_client import Counter

from deploy.grafana.board import Board, Panel, Query
from deploy.grafana.dashboards import DASHBOARDS
from deploy.prometheus.catalogue import metrics
from deploy.prometheus.queries import filled, names_in
from deploy.prometheus.rules import alerts
from tests.monitoring.prometheus_server import Prometheus
from tests.support.broker_metrics import BROKER

Point = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One line of a panel: its legend and its points, without those that are no number."""

    legend: str
    points: list[Point]


@dataclass(frozen=True)
class Drawn:
    board: Board
    panel: Panel
    query: Query
    lines: list[Line]


@dataclass
class Verdict:
    """What was asked, one line each, and what is wrong with it."""

    told: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    drawn: list[Drawn] = field(default_factory=list)

    def add(self, line: str, *, right: bool = True) -> None:
        self.told.append(line)
        if not right:
            self.wrong.append(line)


async def evaluate(prometheus: Prometheus, start: float, end: float) -> Verdict:
    """All panels over the time of the load, all alerts as they stand at its end."""
    verdict = Verdict()
    for board, panel, query in _queries():
        drawn = Drawn(board, panel, query, await _lines(prometheus, query, start, end))
        verdict.drawn.append(drawn)
        _judge(verdict, drawn)
    await _alerts(verdict, prometheus)
    return verdict


def _queries() -> Iterator[tuple[Board, Panel, Query]]:
    for board in DASHBOARDS:
        for panel in board.panels:
            for query in panel.queries:
                yield board, panel, query


async def _lines(prometheus: Prometheus, query: Query, start: float, end: float) -> list[Line]:
    variables = {"__rate_interval": "20s", "__range": f"{math.ceil(end - start)}s", "client": ".+", "app": ".*"}
    found = await prometheus.range(filled(query.expr, variables), start, end, max(1.0, (end - start) / 120))
    lines = [Line(_legend(query, series["metric"]), _points(series["values"])) for series in found]
    return [line for line in lines if line.points]


def _legend(query: Query, labels: dict[str, str]) -> str:
    legend = query.legend
    for name, value in labels.items():
        legend = legend.replace("{{" + name + "}}", value)
    return legend


def _points(values: list[tuple[float, str]]) -> list[Point]:
    return [(at, number) for at, value in values if math.isfinite(number := float(value))]


def _judge(verdict: Verdict, drawn: Drawn) -> None:
    where = f"{drawn.board.uid:<12} {drawn.panel.title}: {drawn.query.legend or drawn.query.expr}"
    if drawn.lines:
        verdict.add(f"data     {len(drawn.lines):>3} lines  {where}")
    elif drawn.query.rare:
        verdict.add(f"nothing  ({drawn.query.rare})  {where}")
    else:
        verdict.add(f"EMPTY    {where}", right=False)


async def _alerts(verdict: Verdict, prometheus: Prometheus) -> None:
    states = {rule["name"]: rule for rule in await prometheus.rules()}
    may_be_absent = _born_late()
    for alert in alerts():
        rule = states[alert.name]
        absent = [name for name in names_in(alert.expr) if not await prometheus.instant(f"count({name})")]
        sound = rule["health"] == "ok" and rule["state"] != "firing" and may_be_absent.issuperset(absent)
        without = f"  not counted yet: {', '.join(absent)}" if absent else ""
        verdict.add(f"alert    {rule['health']:<4} {rule['state']:<8} {alert.name}{without}", right=sound)


def _born_late() -> set[str]:
    """A counter with labels is not there before it counts; a broker has the names of its version.

    `remanso_sender_parked` names only who is parked; `push_time_seconds` is a Pushgateway's.
    """
    counters = {name for name, metric in metrics().items() if isinstance(metric, Counter) and metric._labelnames}
    return (
        counters
        | {"remanso_sender_parked", "push_time_seconds"}
        | {name for name, versions in BROKER.items() if len(versions) < 3}
    )
