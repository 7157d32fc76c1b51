"""A turn's spans: each agent that takes it leaves a milestone, and all that it does is part of that.

Rows bear the trace, so the next attempt at a turn whose agent was killed goes on with it.
"""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager

from remanso import tracing
from remanso.store.steps import ToolCall, Usage
from remanso.store.turns import Turn
from services.agent.asking import ModelReply
from services.agent.assignment import Assignment


def attempt(turn: Turn) -> AbstractContextManager[None]:
    return tracing.milestone("turn", _about(turn), parent=turn.traceparent)


def worked(assignment: Assignment, outcome: str, steps: int, calls: int, cost: float) -> None:
    """What an agent made of it, as one span beside those of its steps."""
    told: tracing.Attributes = {
        **_about(assignment.turn),
        "remanso.outcome": outcome,
        "remanso.steps": steps,
        "remanso.calls": calls,
        "remanso.cost_usd": cost,
    }
    tracing.record("work on turn", told, began=time.time() - assignment.seconds)


def absorbed(turn: Turn, heard: Sequence[str | None]) -> None:
    """Messages that came meanwhile have traces of their own: they are linked."""
    tracing.record("absorb messages", {**_about(turn), "remanso.messages": len(heard)}, links=heard)


def step(turn: Turn, number: int) -> AbstractContextManager[tracing.Span]:
    """What a reply is judged to be, and its storing."""
    return tracing.span("store step", {**_about(turn), "remanso.step": number})


def tool(call: ToolCall, label: str) -> AbstractContextManager[tracing.Span]:
    about = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": label,
        "gen_ai.tool.call.id": call.call_id,
        "remanso.effect": call.effect,
    }
    return tracing.span(f"execute_tool {label}", about)


def question(model: str, server: str | None) -> AbstractContextManager[tracing.Span]:
    """One question to a model, with all its attempts (gen_ai conventions of OpenTelemetry, 2026)."""
    return _asked("chat", model, server)


def hearing(model: str) -> AbstractContextManager[tracing.Span]:
    return _asked("transcribe", model, None)


def _asked(operation: str, model: str, server: str | None) -> AbstractContextManager[tracing.Span]:
    about = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": model,
        "server.address": server,
    }
    return tracing.span(f"{operation} {model}", about, kind="client")


def answered(reply: ModelReply) -> tracing.Attributes:
    usage: Usage = reply.usage
    return {
        "gen_ai.response.model": usage.model,
        "gen_ai.response.id": usage.request_id,
        "gen_ai.response.finish_reasons": [usage.finish_reason] if usage.finish_reason else None,
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.cache_read.input_tokens": usage.cached_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
        "remanso.reasoning_tokens": usage.reasoning_tokens,
        "remanso.cost_usd": None if usage.cost_usd is None else float(usage.cost_usd),
    }


def _about(turn: Turn) -> dict[str, str | int | None]:
    return {
        "remanso.client": turn.client,
        "remanso.conversation_id": str(turn.conversation_id),
        "remanso.turn_id": str(turn.id),
        "remanso.attempt": turn.attempt,
    }
