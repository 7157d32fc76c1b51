"""What the agent counts."""

from collections.abc import Sequence

from prometheus_client import Counter, Gauge, Histogram

from remanso.store.media import Opened
from services.agent.asking import ModelReply
from services.agent.grounding.check import Problem

_SECONDS = (0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120)

TURNS = Counter("remanso_agent_turns_total", "Turns worked on, by how that ended.", ["client", "outcome"])
TURN_SECONDS = Histogram("remanso_agent_turn_seconds", "One agent's work on one turn.", ["client"], buckets=_SECONDS)
RESUMES = Counter("remanso_agent_resumes_total", "Turns taken over from an agent that did not finish.", ["client"])
ABSORPTIONS = Counter("remanso_agent_absorptions_total", "Answers thrown away for newer messages.", ["client"])
LEASE_LOSSES = Counter("remanso_agent_lease_losses_total", "Turns another agent took while we worked.", ["client"])

TURN_STEPS = Histogram(
    "remanso_agent_turn_steps", "Model calls of one turn that ended.", ["client"], buckets=(0, 1, 2, 3, 4, 6, 8, 12)
)
TURN_CALLS = Histogram(
    "remanso_agent_turn_tool_calls", "Tool calls of one turn that ended.", ["client"], buckets=(0, 1, 2, 3, 5, 8, 13)
)
STEPS = Counter("remanso_agent_steps_total", "Model calls that were answered.", ["client", "model", "outcome"])
STEP_SECONDS = Histogram("remanso_agent_step_seconds", "One model call.", ["client", "model"], buckets=_SECONDS)
TOKENS = Counter("remanso_agent_tokens_total", "Tokens, by kind.", ["client", "model", "kind"])
COST = Counter("remanso_agent_cost_usd_total", "US dollars, by the client's price.", ["client", "model"])
UNPRICED = Counter("remanso_agent_unpriced_steps_total", "Model calls without a known cost.", ["client", "model"])
MODEL_ERRORS = Counter(
    "remanso_agent_model_errors_total", "Questions to the model that were given up, by reason.", ["reason"]
)
CIRCUIT = Gauge(
    "remanso_agent_model_circuit",
    "Whether a model may be asked: 0 yes, 1 by one probe at a time, 2 not now.",
    ["endpoint", "model"],
)

UNSUPPORTED = Counter(
    "remanso_agent_unsupported_claims_total", "Claims in rejected drafts that nothing supports.", ["client", "kind"]
)
REJECTIONS = Counter("remanso_agent_rejections_total", "Drafts that were rejected for such claims.", ["client"])
SAFE_TEXTS = Counter(
    "remanso_agent_safe_texts_total", "Safe texts sent instead of a second rejected draft.", ["client"]
)

CALLS = Counter("remanso_agent_tool_calls_total", "Tool calls, by outcome.", ["client", "tool", "outcome"])
CALL_SECONDS = Histogram("remanso_agent_tool_seconds", "One run of a tool.", ["client", "tool"], buckets=_SECONDS)

MEDIA_FORGOTTEN = Counter("remanso_agent_media_forgotten_total", "Files whose bytes were deleted: their time was over.")
CREDIT_RESERVED = Counter(
    "remanso_agent_credit_reserved_usd_total", "Credit reserved for model calls and hearing.", ["client", "model"]
)
CREDIT_SETTLED = Counter(
    "remanso_agent_credit_settled_usd_total", "Credit taken for answers and hearing.", ["client", "model"]
)
CREDIT_EXCESS = Counter(
    "remanso_agent_credit_excess_usd_total", "Cost beyond its reserve, taken from nobody.", ["client", "model"]
)
CREDIT_REFUSALS = Counter(
    "remanso_agent_credit_refusals_total",
    "Model calls and hearings not made for want of free credit.",
    ["client", "model"],
)

CUTS = Counter("remanso_agent_history_cuts_total", "Histories cut because they had no room any more.", ["client"])
SUMMARIES = Counter(
    "remanso_agent_summaries_total",
    "Summaries of what was cut off: made, rejected for what nothing supports, or not made.",
    ["client", "outcome"],
)
ESTIMATED = Counter(
    "remanso_agent_estimated_tokens_total",
    "Tokens of prompts as estimated to cut histories.",
    ["client", "model"],
)

HOOKS = Counter("remanso_agent_hook_calls_total", "Calls of clients' hooks, by outcome.", ["client", "hook", "outcome"])
HOOK_SECONDS = Histogram("remanso_agent_hook_seconds", "One call of a hook.", ["client", "hook"], buckets=_SECONDS)

MEDIA = Counter(
    "remanso_agent_media_total",
    "Files of contacts, by what became of them: heard, seen, named, or why they could not be opened.",
    ["client", "kind", "outcome"],
)
MEDIA_SECONDS = Histogram("remanso_agent_media_seconds", "Opening one file.", ["client", "kind"], buckets=_SECONDS)
AUDIO = Counter("remanso_agent_audio_seconds_total", "Seconds of sound turned into words.", ["client", "model"])
GESTURES = Counter("remanso_agent_gestures_total", "Bursts of emoji answered without the model.", ["client", "outcome"])


def count_media(client: str, kind: str, opened: Opened) -> None:
    """A file that was opened, or could not be, and is stored."""
    MEDIA.labels(client, kind, (opened.reason if opened.state == "failed" else None) or opened.state).inc()
    MEDIA_SECONDS.labels(client, kind).observe(opened.seconds)
    if opened.bill is not None:
        AUDIO.labels(client, opened.bill.model).inc(opened.bill.audio_seconds or 0.0)
        COST.labels(client, opened.bill.model).inc(float(opened.bill.cost_usd or 0))


def count_problems(client: str, problems: Sequence[Problem]) -> None:
    """A draft that was rejected for these."""
    REJECTIONS.labels(client).inc()
    for problem in problems:
        UNSUPPORTED.labels(client, problem.kind).inc()


def count_step(client: str, reply: ModelReply, outcome: str) -> None:
    """A model call that was stored: `kept`, `discarded` or `summary`."""
    usage = reply.usage
    STEPS.labels(client, usage.model, outcome).inc()
    STEP_SECONDS.labels(client, usage.model).observe(usage.seconds)
    for kind in ("input", "cached", "cache_write", "output", "reasoning"):
        TOKENS.labels(client, usage.model, kind).inc(getattr(usage, f"{kind}_tokens"))
    if usage.cost_usd is None:
        UNPRICED.labels(client, usage.model).inc()
    else:
        COST.labels(client, usage.model).inc(float(usage.cost_usd))
