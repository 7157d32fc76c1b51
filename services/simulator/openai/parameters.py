"""Rules on effort, sampling and output length, which depend on the model and hold on both endpoints."""

from typing import Any

from services.simulator.openai.errors import ApiError
from services.simulator.openai.models import ModelProfile


def effort_in_force(model: ModelProfile, asked: str | None, param: str) -> str:
    """The effort a request runs with; 400 for one that the model does not offer."""
    if asked is None:
        return model.default_effort
    if not model.reasons:
        raise ApiError(f"{model.id} does not reason: leave '{param}' out.", param=param, code="unsupported_parameter")
    if asked not in model.efforts:
        offered = ", ".join(repr(effort) for effort in model.efforts)
        message = f"Unsupported value: {model.id} takes no '{param}' of '{asked}'; it offers {offered}."
        raise ApiError(message, param=param, code="unsupported_value")
    return asked


def refuse_sampling(model: ModelProfile, effort: str, given: dict[str, Any]) -> None:
    """400 for sampling parameters while the model reasons. `given` maps their names to values or None."""
    if not model.reasons or effort == "none":
        return
    for name, value in given.items():
        if value is not None and value is not False:
            message = f"Unsupported parameter: {model.id} takes no '{name}' with reasoning effort '{effort}'."
            raise ApiError(message, param=name, code="unsupported_parameter")


def refuse_output_above(model: ModelProfile, tokens: int | None, param: str) -> None:
    """400 for an output limit above what the model can give."""
    if tokens is not None and tokens > model.max_output:
        message = f"'{param}' is too large: {tokens}. {model.id} gives at most {model.max_output} tokens."
        raise ApiError(message, param=param, code="invalid_value")


def refuse_not_offered(given: dict[str, Any]) -> None:
    """400 for what OpenAI offers but this stand-in does not: said plainly rather than ignored."""
    for name, value in given.items():
        if value:
            message = f"This stand-in for OpenAI does not offer '{name}'; leave it out."
            raise ApiError(message, param=name, code="unsupported_value")
