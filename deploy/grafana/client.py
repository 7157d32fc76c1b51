"""One client from its first message to what its contacts say of the bot."""

from deploy.grafana.board import Board, Query, Row, grown, panel, quantile, rate, waits

CANONICAL = "message.stored|turn.worked|delivery.attempted"
"""The lines that tell the whole of a message, a turn, a delivery."""
_HERE = 'client=~"$client"'

CONVERSATION = Row(
    "Conversations",
    (
        panel("Messages stored, by kind", Query(rate("remanso_debouncer_stored_total", "kind", _HERE), "{{kind}}")),
        panel(
            "Messages of one burst",
            Query(quantile(0.5, "remanso_debouncer_burst_messages", where=_HERE), "p50"),
            Query(quantile(0.95, "remanso_debouncer_burst_messages", where=_HERE), "p95"),
        ),
        panel(
            "Added by the window",
            Query(quantile(0.5, "remanso_debouncer_added_seconds", where=_HERE), "p50"),
            Query(quantile(0.95, "remanso_debouncer_added_seconds", where=_HERE), "p95"),
            unit="s",
        ),
        panel(
            "From the first message to the answer, p95",
            Query(quantile(0.95, "remanso_sender_answer_seconds", "stage", _HERE), "{{stage}}"),
            unit="s",
        ),
        panel("Waiting", Query(waits("remanso_console_waiting", "stage", _HERE), "{{stage}}")),
        panel(
            "Messages kept from the bot",
            Query(grown("remanso_debouncer_flooded_total", "reason", _HERE), "{{reason}}"),
            about="Too many in a short time, or more turns than a contact may have.",
        ),
    ),
)

ANSWERS = Row(
    "Answers",
    (
        panel("Turns by outcome", Query(grown("remanso_agent_turns_total", "outcome", _HERE), "{{outcome}}")),
        panel(
            "Turns resumed, answers put aside for newer messages",
            Query(grown("remanso_agent_resumes_total", where=_HERE), "resumed", rare="no agent dies"),
            Query(
                grown("remanso_agent_absorptions_total", where=_HERE),
                "put aside",
                rare="nobody writes while the bot thinks",
            ),
        ),
        panel(
            "Work on one turn, p95",
            Query(quantile(0.95, "remanso_agent_turn_seconds", where=_HERE), "p95"),
            unit="s",
        ),
        panel(
            "Tool calls",
            Query(grown("remanso_agent_tool_calls_total", "tool, outcome", _HERE), "{{tool}} {{outcome}}"),
        ),
        panel("Tools, p95", Query(quantile(0.95, "remanso_agent_tool_seconds", "tool", _HERE), "{{tool}}"), unit="s"),
        panel(
            "Hooks",
            Query(
                grown("remanso_agent_hook_calls_total", "hook, outcome", _HERE),
                "{{hook}} {{outcome}}",
                rare="the client has no hooks",
            ),
        ),
        panel(
            "Files opened",
            Query(
                grown("remanso_agent_media_total", "kind, outcome", _HERE),
                "{{kind}} {{outcome}}",
                rare="nobody sends files",
            ),
        ),
        panel(
            "Emoji answered without the model",
            Query(
                grown("remanso_agent_gestures_total", "outcome", _HERE), "{{outcome}}", rare="nobody writes emoji alone"
            ),
        ),
        panel(
            "People take over in the phone app",
            Query(grown("remanso_debouncer_echoes_total", "outcome", _HERE), "{{outcome}}", rare="nobody takes over"),
        ),
    ),
)

WORTH = Row(
    "What it is worth",
    (
        panel(
            "Spent in this time",
            Query(grown("remanso_agent_cost_usd_total", "client", _HERE), "{{client}}"),
            unit="currencyUSD",
            kind="number",
            width=6,
        ),
        panel(
            "Grounding: drafts rejected, safe texts",
            Query(grown("remanso_agent_rejections_total", where=_HERE), "rejected", rare="no draft makes things up"),
            Query(grown("remanso_agent_safe_texts_total", where=_HERE), "safe text", rare="no draft is rejected twice"),
            width=6,
        ),
        panel(
            "Claims that nothing supports",
            Query(
                grown("remanso_agent_unsupported_claims_total", "kind", _HERE),
                "{{kind}}",
                rare="no draft makes things up",
            ),
            width=6,
        ),
        panel(
            "What contacts say of the bot",
            Query(
                grown("remanso_debouncer_feedback_total", "outcome", _HERE),
                "{{outcome}}",
                rare="the client does not ask",
            ),
            width=6,
        ),
        panel(
            "Messages, turns and deliveries, line by line",
            Query(f'{{service=~".+"}} | json | {_HERE} | event=~"{CANONICAL}"'),
            kind="logs",
            width=24,
        ),
    ),
)

CLIENT = Board(
    "client", "Client", "One client: its contacts, answers, money.", (CONVERSATION, ANSWERS, WORTH), by_client=True
)
