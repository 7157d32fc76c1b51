"""What a model call cost."""

from decimal import Decimal

from remanso.plugin.model_profile import Price

_MILLION = Decimal(1_000_000)


def cost_in_usd(price: Price | None, *, prompt: int, cached: int, cache_write: int, completion: int) -> Decimal | None:
    """None without a price: an unknown cost is not zero. `prompt` includes the cached and the written tokens."""
    if price is None:
        return None
    fresh = max(0, prompt - cached - cache_write)
    total = fresh * price.input + cached * price.cached + cache_write * price.cache_write + completion * price.output
    return total / _MILLION
