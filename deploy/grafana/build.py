"""Our boards in Grafana's own words, by Grafana's own library."""

from typing import Any

from grafana_foundation_sdk.builders import common, dashboard, logs, loki, prometheus, stat, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common as common_models
from grafana_foundation_sdk.models import dashboard as models

from deploy.grafana.board import Board, Panel

METRICS = models.DataSourceRef(type_val="prometheus", uid="prometheus")
LOGS = models.DataSourceRef(type_val="loki", uid="loki")
"""The uids are those of provisioning/datasources."""
HEIGHT = 7


def text(board: Board) -> str:
    """The dashboard as Grafana reads it, in JSON."""
    return JSONEncoder(indent=2, ensure_ascii=False, sort_keys=True).encode(_built(board)) + "\n"


def _built(board: Board) -> models.Dashboard:
    built = (
        dashboard.Dashboard(f"Remanso: {board.title}")
        .uid(f"remanso-{board.uid}")
        .description(board.about)
        .tags(["remanso"])
        .time("now-6h", "now")
        .refresh("30s")
        .timezone("browser")
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .link(dashboard.DashboardLink("Remanso").type(models.DashboardLinkType.DASHBOARDS).tags(["remanso"]))
    )
    if board.by_client:
        built = built.with_variable(_variable("client", "remanso_debouncer_stored_total", ".+"))
    if board.by_app:  # what is scraped has no app: `.*` fits it, too
        built = built.with_variable(_variable("app", "remanso_build_info", ".*"))
    for row in board.rows:
        built = built.with_row(dashboard.Row(row.title))
        for panel in row.panels:
            built = built.with_panel(_panel(panel))
    return built.build()


def _variable(label: str, metric: str, every: str) -> dashboard.QueryVariable:
    """The values that `label` has in `metric`; `every` fits all of them."""
    return (
        dashboard.QueryVariable(label)
        .label(label.title())
        .datasource(METRICS)
        .query(f"label_values({metric}, {label})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .multi(True)
        .include_all(True)
        .all_value(every)
    )


def _panel(panel: Panel) -> Any:
    match panel.kind:
        case "logs":
            found: Any = logs.Panel().datasource(LOGS).show_time(True)
        case "number":
            found = stat.Panel().datasource(METRICS).unit(panel.unit)
        case "lines":
            found = _lines(panel)
    found = found.title(panel.title).description(panel.about).span(panel.width).height(HEIGHT)
    for letter, query in zip("ABCDEFGH", panel.queries, strict=False):
        asked = loki.Dataquery() if panel.kind == "logs" else prometheus.Dataquery().legend_format(query.legend)
        found = found.with_target(asked.expr(query.expr).ref_id(letter))
    return found


def _lines(panel: Panel) -> timeseries.Panel:
    below = common.VizLegendOptions().display_mode(common_models.LegendDisplayMode.LIST)
    return (
        timeseries.Panel()
        .datasource(METRICS)
        .unit(panel.unit)
        .min(0)
        .fill_opacity(8)
        .show_points(common_models.VisibilityMode.NEVER)
        .legend(below.placement(common_models.LegendPlacement.BOTTOM).show_legend(True))
    )
