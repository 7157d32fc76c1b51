"""What OpenAI billed for what is stored, computed once more from the stand-in's own records."""

import operator

from tests.chaos.evidence import Evidence

DOLLARS_PER_MILLION = (0.10, 0.01, 0.125, 0.50)
"""Of tokens: read, read from the cache, written to it, said. So it stands in both clients' client.toml, and below."""
DOLLARS_PER_MINUTE = 0.0045
ROUNDING = 1e-8
"""Costs are stored with eight digits."""


def billed_dollars(evidence: Evidence) -> dict[tuple[str, ...], float]:
    """What OpenAI billed for each step and each transcript that is stored, by turn, step, attempt and message."""
    records = (*evidence.model, *evidence.heard)
    readable = (record for record in records if record["request_id"] and isinstance(record["response"], dict))
    answers = {record["request_id"]: record["response"].get("usage") for record in readable}
    costs: dict[tuple[str, ...], float] = {}
    for step in evidence.steps:
        usage = answers.get(step["request_id"]) or {}
        details = usage.get("prompt_tokens_details") or {}
        cached, written = details.get("cached_tokens", 0), details.get("cache_write_tokens", 0)
        fresh = usage.get("prompt_tokens", 0) - cached - written
        tokens = (fresh, cached, written, usage.get("completion_tokens", 0))
        key = (step["turn_id"], str(step["number"]), str(step["attempt"]), "None")
        costs[key] = sum(map(operator.mul, tokens, DOLLARS_PER_MILLION)) / 1e6
    for row in evidence.media:
        if row["state"] == "heard":
            seconds = (answers.get(row["request_id"]) or {}).get("seconds", 0.0)
            costs[row["turn_id"], "0", str(row["attempt"]), row["message_id"]] = seconds * DOLLARS_PER_MINUTE / 60
    return costs
