"""What an answer used and cost, read with care: whatever a compatible server leaves out is None, whatever types say."""

import re
from dataclasses import dataclass
from datetime import UTC

from remanso.plugin.model_profile import Profile
from remanso.store.steps import Usage
from services.agent.asking import Call, ModelRequest
from services.agent.models.cost import cost_in_usd
from services.agent.results import storable


@dataclass(frozen=True)
class Answered:
    """What is told about an answer beside its words. `seconds` is how long its attempt took."""

    request_id: str | None
    finish_reason: str | None
    seconds: float


@dataclass(frozen=True)
class Counts:
    """Tokens. `cached` and `cache_write` are inside `prompt`, `reasoning` inside `completion`."""

    prompt: int = 0
    cached: int = 0
    cache_write: int = 0
    completion: int = 0
    reasoning: int = 0


def usage_of(request: ModelRequest, profile: Profile, answered: Answered, counts: Counts | None) -> Usage:
    """`counts` are None where the server told none: then the cost is not known, which is not zero."""
    price = profile.price_on(request.asked_at.astimezone(UTC).date()) if counts else None
    told = counts or Counts()
    return Usage(
        model=profile.model,
        request_id=answered.request_id,
        finish_reason=answered.finish_reason,
        input_tokens=told.prompt,
        cached_tokens=told.cached,
        cache_write_tokens=told.cache_write,
        output_tokens=told.completion,
        reasoning_tokens=told.reasoning,
        cost_usd=cost_in_usd(
            price, prompt=told.prompt, cached=told.cached, cache_write=told.cache_write, completion=told.completion
        ),
        price_valid_from=price.valid_from if price else None,
        seconds=answered.seconds,
    )


def count(counts: object, name: str) -> int:
    """A number that may be missing."""
    return getattr(counts, name, None) or 0


def made_call(call_id: str | None, name: str | None, arguments: str | None) -> Call:
    """A call as it can be stored and sent back, whatever a model has invented for a name."""
    taken = re.sub(r"[^a-zA-Z0-9_-]", "_", name or "")[:64] or "unnamed"
    return Call(storable(call_id or ""), taken, storable(arguments or ""))
