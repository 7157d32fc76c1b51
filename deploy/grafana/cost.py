"""Tokens and money."""

from deploy.grafana.board import Board, Query, Row, grown, panel, quantile, rate

_BY_CLIENT = 'client=~"$client"'
_INPUT = 'client=~"$client", kind="input"'
_CACHED = 'client=~"$client", kind="cached"'
_NO_CREDIT = "no client has a `[credit]`"

MONEY = Row(
    "Money",
    (
        panel(
            "Spent in this time",
            Query(grown("remanso_agent_cost_usd_total", "client", _BY_CLIENT), "{{client}}"),
            unit="currencyUSD",
            kind="number",
            width=6,
        ),
        panel(
            "Per hour, by model",
            Query(
                "sum by (client, model) "
                '(rate(remanso_agent_cost_usd_total{client=~"$client"}[$__rate_interval])) * 3600',
                "{{client}} {{model}}",
            ),
            unit="currencyUSD",
            width=9,
        ),
        panel(
            "Per answered turn",
            Query(
                f"{rate('remanso_agent_cost_usd_total', 'client', _BY_CLIENT)} / "
                + rate("remanso_agent_turns_total", "client", f'{_BY_CLIENT}, outcome="answered"'),
                "{{client}}",
            ),
            unit="currencyUSD",
            width=9,
        ),
        panel(
            "Credit reserved and settled",
            Query(
                rate("remanso_agent_credit_reserved_usd_total", "client", _BY_CLIENT),
                "{{client}} reserved",
                rare=_NO_CREDIT,
            ),
            Query(
                rate("remanso_agent_credit_settled_usd_total", "client", _BY_CLIENT),
                "{{client}} settled",
                rare=_NO_CREDIT,
            ),
            unit="currencyUSD",
        ),
        panel(
            "Model calls not made for want of credit",
            Query(
                grown("remanso_agent_credit_refusals_total", "client", _BY_CLIENT),
                "{{client}}",
                rare="every client has credit",
            ),
        ),
        panel(
            "Model calls whose cost nobody knows",
            Query(
                grown("remanso_agent_unpriced_steps_total", "client, model", _BY_CLIENT),
                "{{client}} {{model}}",
                rare="every model has its price in client.toml",
            ),
        ),
    ),
)

TOKENS = Row(
    "Tokens",
    (
        panel(
            "Per second, by kind",
            Query(rate("remanso_agent_tokens_total", "kind", _BY_CLIENT), "{{kind}}"),
        ),
        panel(
            "Per second, by client and model",
            Query(rate("remanso_agent_tokens_total", "client, model", _BY_CLIENT), "{{client}} {{model}}"),
        ),
        panel(
            "Share of the prompt read from cache",
            Query(
                f"{rate('remanso_agent_tokens_total', 'client', _CACHED)} / "
                + rate("remanso_agent_tokens_total", "client", _INPUT),
                "{{client}}",
            ),
            unit="percentunit",
        ),
        panel(
            "Estimate of prompts against what was billed",
            Query(
                f"{rate('remanso_agent_estimated_tokens_total', 'model', _BY_CLIENT)} / "
                + rate("remanso_agent_tokens_total", "model", _INPUT),
                "{{model}}",
            ),
            unit="percentunit",
        ),
        panel(
            "Histories cut",
            Query(
                grown("remanso_agent_history_cuts_total", "client", _BY_CLIENT),
                "{{client}}",
                rare="no conversation is that long yet",
            ),
        ),
        panel(
            "Sound heard, seconds",
            Query(
                grown("remanso_agent_audio_seconds_total", "client, model", _BY_CLIENT),
                "{{client}} {{model}}",
                rare="nobody sends voice notes",
            ),
            unit="s",
        ),
    ),
)

WORK = Row(
    "What it is spent on",
    (
        panel(
            "Model calls, by what became of them",
            Query(rate("remanso_agent_steps_total", "outcome", _BY_CLIENT), "{{outcome}}"),
        ),
        panel(
            "Model calls of one turn",
            Query(quantile(0.5, "remanso_agent_turn_steps", "client", _BY_CLIENT), "{{client}} p50"),
            Query(quantile(0.95, "remanso_agent_turn_steps", "client", _BY_CLIENT), "{{client}} p95"),
        ),
        panel(
            "Tool calls of one turn, p95",
            Query(quantile(0.95, "remanso_agent_turn_tool_calls", "client", _BY_CLIENT), "{{client}}"),
        ),
    ),
)

COST = Board("cost", "Tokens and cost", "By client, model and kind.", (MONEY, TOKENS, WORK), by_client=True)
