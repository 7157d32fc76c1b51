"""What goes out to contacts, and what Meta thinks of us."""

from deploy.grafana.board import Board, Query, Row, grown, panel, quantile, rate, waits

_BY_CLIENT = 'client=~"$client"'

OUT = Row(
    "Parts",
    (
        panel(
            "Attempts by outcome, per second",
            Query(rate("remanso_sender_attempts_total", "outcome", _BY_CLIENT), "{{outcome}}"),
        ),
        panel(
            "Refusals by Meta's code",
            Query(
                grown("remanso_sender_attempts_total", "client, outcome, code", f'{_BY_CLIENT}, code!=""'),
                "{{client}} {{code}} {{outcome}}",
                rare="Meta refuses nothing",
            ),
        ),
        panel(
            "One call to Graph",
            Query(quantile(0.5, "remanso_sender_graph_seconds"), "p50"),
            Query(quantile(0.95, "remanso_sender_graph_seconds"), "p95"),
            unit="s",
        ),
        panel(
            "Parts that wait",
            Query(
                waits("remanso_console_waiting", "client, stage", f'{_BY_CLIENT}, stage=~"delivery_.*"'),
                "{{client}} {{stage}}",
            ),
        ),
        panel(
            "Receipts, per second",
            Query(rate("remanso_sender_receipts_total", "status", _BY_CLIENT), "{{status}}"),
        ),
        panel(
            "Receipts of failure, by code",
            Query(
                grown("remanso_sender_receipts_total", "client, code", f'{_BY_CLIENT}, status="failed"'),
                "{{client}} {{code}}",
                rare="every part arrives",
            ),
        ),
    ),
)

HELD_UP = Row(
    "What did not go out as it should",
    (
        panel(
            "Held: the window is closed",
            Query(
                grown("remanso_sender_held_total", "client", _BY_CLIENT),
                "{{client}}",
                rare="every answer is in time",
            ),
            width=6,
        ),
        panel(
            "Unknown outcomes",
            Query(
                grown("remanso_sender_doubts_total", "client, step", _BY_CLIENT),
                "{{client}} {{step}}",
                rare="no sender dies in a call",
            ),
            width=6,
        ),
        panel(
            "Fallback texts",
            Query(
                grown("remanso_sender_fallbacks_total", "client, cause", _BY_CLIENT),
                "{{client}} {{cause}}",
                rare="the model always answers",
            ),
            width=6,
        ),
        panel(
            "Not sent, by reason",
            Query(
                grown("remanso_sender_cancelled_total", "client, reason", _BY_CLIENT),
                "{{client}} {{reason}}",
                rare="no person takes over",
            ),
            width=6,
        ),
        panel(
            "Turns too old for an answer",
            Query(
                grown("remanso_sender_given_up_total", "client", _BY_CLIENT),
                "{{client}}",
                rare="no turn waits that long",
            ),
            width=6,
        ),
        panel(
            "Templates queued to ask for a message",
            Query(
                grown("remanso_sender_reopenings_total", "client", _BY_CLIENT),
                "{{client}}",
                rare="no client has `[templates.reopen]`",
            ),
            width=6,
        ),
        panel(
            "Parked until somebody acts",
            Query(
                'max by (client, kind) (remanso_sender_parked{client=~"$client"})',
                "{{client}} {{kind}}",
                rare="Meta refuses nothing for good",
            ),
            width=6,
        ),
        panel(
            "Waits for pace, by what was too fast",
            Query(
                grown("remanso_sender_paced_total", "client, reason", _BY_CLIENT),
                "{{client}} {{reason}}",
                rare="nobody sends too fast",
            ),
            width=6,
        ),
        panel(
            "How long they waited, p95",
            Query(
                quantile(0.95, "remanso_sender_paced_seconds", "client", _BY_CLIENT),
                "{{client}}",
                rare="nobody sends too fast",
            ),
            unit="s",
            width=6,
        ),
        panel(
            "Read receipts and typing",
            Query(grown("remanso_agent_presence_total", "outcome", _BY_CLIENT), "{{outcome}}"),
            width=6,
        ),
    ),
)

HEALTH = Row(
    "What Meta thinks of us",
    (
        panel(
            "Templates by state",
            Query(
                'max by (client, status) (remanso_console_templates{client=~"$client"})',
                "{{client}} {{status}}",
            ),
            kind="number",
        ),
        panel(
            "Quality of numbers: 3 green, 2 yellow, 1 red",
            Query(
                'max by (client, channel) (remanso_console_channel_quality{client=~"$client"})',
                "{{client}} {{channel}}",
            ),
            kind="number",
        ),
        panel(
            "Numbers that can send",
            Query(
                'min by (client, channel) (remanso_console_channel_connected{client=~"$client"})',
                "{{client}} {{channel}}",
            ),
            kind="number",
        ),
        panel(
            "Restrictions of accounts",
            Query(
                'max by (client) (remanso_console_account_restrictions{client=~"$client"})',
                "{{client}}",
                rare="Meta has reported nothing of an account",
            ),
            kind="number",
        ),
        panel(
            "What Meta reported",
            Query(
                grown("remanso_console_reports_total", "client, kind", _BY_CLIENT),
                "{{client}} {{kind}}",
                rare="Meta reports nothing",
            ),
        ),
        panel(
            "Readings of templates and numbers",
            Query(grown("remanso_sender_synchronised_total", "client, outcome", _BY_CLIENT), "{{client}} {{outcome}}"),
        ),
    ),
)

DELIVERIES = Board(
    "deliveries",
    "Deliveries and channel health",
    "What goes out, what is refused or held, and the health of numbers and templates.",
    (OUT, HELD_UP, HEALTH),
    by_client=True,
)
