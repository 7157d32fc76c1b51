"""Many apps, one row of figures each: for whoever runs a fleet whose processes push."""

from deploy.grafana.board import Board, Query, Row, grown, panel, rate

APP = 'app=~"$app"'
ABOUT = 'about=~"$app"'
"""What the collector tells of an app: its own `app` is the collector's."""
RARE = "only where processes push"

ALIVE = Row(
    "Is it alive?",
    (
        panel(
            "Processes that pushed in the last two minutes",
            Query(f"count by (app, job) (time() - push_time_seconds{{{APP}}} < 120)", "{{app}} {{job}}", rare=RARE),
            width=12,
        ),
        panel(
            "Seconds since the oldest push",
            Query(f"max by (app) (time() - push_time_seconds{{{APP}}})", "{{app}}", rare=RARE),
            unit="s",
            width=12,
            about="A process that ends well takes its figures along; one that died leaves them here for ten minutes.",
        ),
        panel(
            "Heartbeats: seconds since the last one",
            Query(
                f"time() - max by (about) (remanso_collector_heartbeat_timestamp_seconds{{{ABOUT}}})",
                "{{about}}",
                rare=RARE,
            ),
            unit="s",
        ),
        panel(
            "Versions",
            Query(f"count by (app, version) (remanso_build_info{{{APP}}})", "{{app}} {{version}}"),
            kind="number",
        ),
        panel(
            "Memory, the largest process",
            Query(f"max by (app, job) (process_resident_memory_bytes{{{APP}}})", "{{app}} {{job}}"),
            unit="bytes",
        ),
    ),
)

WORK = Row(
    "What it does",
    (
        panel("Messages stored", Query(rate("remanso_debouncer_stored_total", "app", APP), "{{app}}"), unit="cps"),
        panel(
            "Waits, the oldest",
            Query(f"max by (app, stage) (remanso_console_waiting_oldest_seconds{{{APP}}})", "{{app}} {{stage}}"),
            unit="s",
        ),
        panel(
            "Turns", Query(rate("remanso_agent_turns_total", "app, outcome", APP), "{{app}} {{outcome}}"), unit="cps"
        ),
        panel("Tokens", Query(grown("remanso_agent_tokens_total", "app", APP), "{{app}}"), kind="number"),
        panel(
            "Cost",
            Query(grown("remanso_agent_cost_usd_total", "app", APP), "{{app}}"),
            unit="currencyUSD",
            kind="number",
        ),
        panel(
            "Parts sent",
            Query(rate("remanso_sender_attempts_total", "app, outcome", APP), "{{app}} {{outcome}}"),
            unit="cps",
        ),
    ),
)

WRONG = Row(
    "What goes wrong",
    (
        panel(
            "Lines drained, by level",
            Query(rate("remanso_collector_lines_total", "about, level", ABOUT), "{{about}} {{level}}", rare=RARE),
            unit="cps",
            width=12,
        ),
        panel(
            "Heroku's errors",
            Query(
                grown("remanso_collector_heroku_errors_total", "about, code", ABOUT), "{{about}} {{code}}", rare=RARE
            ),
            width=12,
        ),
        panel(
            "Logs",
            Query('{app=~"$app", level=~"warning|error"}'),
            kind="logs",
            width=24,
            about="Where Alloy takes the drains, too.",
        ),
    ),
)

APPS = Board("apps", "Apps", "Every app of the fleet: alive, at work, in trouble.", (ALIVE, WORK, WRONG), by_app=True)
