"""What the agent counts."""

from prometheus_client import Counter, Histogram

from services.agent.asking import ModelReply

_SECONDS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120)

TURNS = Counter("remanso_agent_turns_total", "Turns worked on, by how that ended.", ["client", "outcome"])
TURN_SECONDS = Histogram("remanso_agent_turn_seconds", "One agent's work on one turn.", ["client"], buckets=_SECONDS)
RESUMES = Counter("remanso_agent_resumes_total", "Turns taken over from an agent that did not finish.", ["client"])
ABSORPTIONS = Counter("remanso_agent_absorptions_total", "Answers thrown away for newer messages.", ["client"])
LEASE_LOSSES = Counter("remanso_agent_lease_losses_total", "Turns another agent took while we worked.", ["client"])

STEPS = Counter("remanso_agent_steps_total", "Model calls that were answered.", ["client", "model", "outcome"])
STEP_SECONDS = Histogram("remanso_agent_step_seconds", "One model call.", ["client", "model"], buckets=_SECONDS)
TOKENS = Counter("remanso_agent_tokens_total", "Tokens, by kind.", ["client", "model", "kind"])
COST = Counter("remanso_agent_cost_usd_total", "US dollars, by the client's price.", ["client", "model"])
UNPRICED = Counter("remanso_agent_unpriced_steps_total", "Model calls without a known cost.", ["client", "model"])
MODEL_ERRORS = Counter(
    "remanso_agent_model_errors_total", "Questions to the model that were given up, by reason.", ["reason"]
)

CALLS = Counter("remanso_agent_tool_calls_total", "Tool calls, by outcome.", ["client", "tool", "outcome"])
CALL_SECONDS = Histogram("remanso_agent_tool_seconds", "One run of a tool.", ["client", "tool"], buckets=_SECONDS)

CREDIT_RESERVED = Counter(
    "remanso_agent_credit_reserved_usd_total", "Credit reserved for model calls.", ["client", "model"]
)
CREDIT_SETTLED = Counter("remanso_agent_credit_settled_usd_total", "Credit taken for answers.", ["client", "model"])
CREDIT_EXCESS = Counter(
    "remanso_agent_credit_excess_usd_total", "Cost beyond its reserve, taken from nobody.", ["client", "model"]
)
CREDIT_REFUSALS = Counter(
    "remanso_agent_credit_refusals_total", "Model calls not made for want of free credit.", ["client", "model"]
)


def count_step(client: str, reply: ModelReply, outcome: str) -> None:
    """A model call that was stored: `kept` or `discarded`."""
    usage = reply.usage
    STEPS.labels(client, usage.model, outcome).inc()
    STEP_SECONDS.labels(client, usage.model).observe(usage.seconds)
    for kind in ("input", "cached", "cache_write", "output", "reasoning"):
        TOKENS.labels(client, usage.model, kind).inc(getattr(usage, f"{kind}_tokens"))
    if usage.cost_usd is None:
        UNPRICED.labels(client, usage.model).inc()
    else:
        COST.labels(client, usage.model).inc(float(usage.cost_usd))
