"""Dashboards as plain data: what is asked, in which words, and whether it may have no answer."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["lines", "number", "logs"]


@dataclass(frozen=True)
class Query:
    """PromQL (LogQL in a panel of logs) and the legend of its lines. `rare` says when a sound system has no answer."""

    expr: str
    legend: str = ""
    rare: str = ""


@dataclass(frozen=True)
class Panel:
    """`unit` is Grafana's name of it; `width` in 24ths of a row."""

    title: str
    queries: tuple[Query, ...]
    unit: str = "short"
    kind: Kind = "lines"
    width: int = 8
    about: str = ""


@dataclass(frozen=True)
class Row:
    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True)
class Board:
    """`by_client`, `by_app`: it has the variable `$client`, `$app`."""

    uid: str
    title: str
    about: str
    rows: tuple[Row, ...]
    by_client: bool = False
    by_app: bool = False

    @property
    def panels(self) -> tuple[Panel, ...]:
        """Those that ask Prometheus."""
        return tuple(panel for row in self.rows for panel in row.panels if panel.kind != "logs")


def panel(title: str, *queries: Query, **how: object) -> Panel:
    return Panel(title, queries, **how)  # type: ignore[arg-type]


def rate(name: str, by: str = "", where: str = "") -> str:
    """What a counter grew by per second, over all processes."""
    return f"sum{_by(by)} (rate({name}{_braces(where)}[$__rate_interval]))"


def grown(name: str, by: str = "", where: str = "") -> str:
    """What a counter grew by in the time that the dashboard shows."""
    return f"sum{_by(by)} (increase({name}{_braces(where)}[$__range]))"


def quantile(share: float, name: str, by: str = "", where: str = "") -> str:
    """Of a histogram, over all processes."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, sum by ({labels}) (rate({name}_bucket{_braces(where)}[$__rate_interval])))"


def waits(name: str, by: str, where: str = "") -> str:
    """Figures that every console reads from the same rows: of each console the whole, of all consoles the greatest."""
    of_all = "sum" if name == "remanso_console_waiting" else "max"
    return f"max by ({by}) ({of_all} by ({by}, instance) ({name}{_braces(where)}))"


def _by(labels: str) -> str:
    return f" by ({labels})" if labels else ""


def _braces(where: str) -> str:
    return f"{{{where}}}" if where else ""
