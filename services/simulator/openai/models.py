"""The models the stand-in knows, as data. Source: OpenAI's model and deprecation pages, November 2026.

`chat_tools` says what `/chat/completions` does with function tools: `always`, `without_reasoning`
(only while the effort in force is "none": from GPT-5.4 on) or `never` (models that cannot switch
reasoning off). Efforts are empty for models that do not reason.
"""

from dataclasses import dataclass
from typing import Literal

from services.simulator.openai.errors import ApiError

ChatTools = Literal["always", "without_reasoning", "never"]

_WITH_MAX = ("none", "low", "medium", "high", "xhigh", "max")
_WITH_XHIGH = ("none", "low", "medium", "high", "xhigh")
_ALWAYS_REASONING = ("low", "medium", "high", "xhigh", "max")
_GPT5 = ("minimal", "low", "medium", "high")


@dataclass(frozen=True)
class ModelProfile:
    """One model. `window` and `max_output` are tokens; input may fill what output does not reserve."""

    id: str
    created: int
    window: int
    max_output: int
    efforts: tuple[str, ...] = ()
    default_effort: str = "none"
    chat_tools: ChatTools = "always"
    paid_cache_writes: bool = False
    shutdown_date: str | None = None

    @property
    def reasons(self) -> bool:
        return bool(self.efforts)

    @property
    def max_input(self) -> int:
        return self.window - self.max_output

    def listed(self) -> dict[str, object]:
        """The object of `GET /models`."""
        listed: dict[str, object] = {
            "id": self.id,
            "object": "model",
            "created": self.created,
            "owned_by": "system",
        }
        return listed | {"shutdown_date": self.shutdown_date} if self.shutdown_date else listed


def _gpt6(id_: str, created: int, efforts: tuple[str, ...], chat_tools: ChatTools) -> ModelProfile:
    return ModelProfile(id_, created, 1_050_000, 128_000, efforts, "medium", chat_tools, paid_cache_writes=True)


MODELS: dict[str, ModelProfile] = {
    model.id: model
    for model in (
        _gpt6("gpt-6-luna", 1_788_220_800, _WITH_MAX, "without_reasoning"),
        _gpt6("gpt-6-sol", 1_788_220_800, _WITH_MAX, "without_reasoning"),
        _gpt6("gpt-6-astra", 1_788_220_800, _ALWAYS_REASONING, "never"),
        _gpt6("gpt-6.1-terra", 1_791_504_000, _WITH_MAX, "without_reasoning"),
        _gpt6("gpt-6.1-sol", 1_791_504_000, _ALWAYS_REASONING, "never"),
        _gpt6("gpt-5.6-luna", 1_783_036_800, _WITH_MAX, "without_reasoning"),
        _gpt6("gpt-5.6-terra", 1_783_036_800, _WITH_MAX, "without_reasoning"),
        _gpt6("gpt-5.6-sol", 1_783_036_800, _WITH_MAX, "without_reasoning"),
        ModelProfile("gpt-5.4", 1_772_668_800, 1_050_000, 128_000, _WITH_XHIGH, "none", "without_reasoning"),
        ModelProfile("gpt-5.4-mini", 1_773_705_600, 400_000, 128_000, _WITH_XHIGH, "none", "without_reasoning"),
        ModelProfile("gpt-5", 1_754_524_800, 400_000, 128_000, _GPT5, "medium", shutdown_date="2026-12-11"),
        ModelProfile("gpt-5-mini", 1_754_524_800, 400_000, 128_000, _GPT5, "medium", shutdown_date="2026-12-11"),
        ModelProfile("gpt-4.1", 1_744_588_800, 1_047_576, 32_768, shutdown_date="2027-01-14"),
        ModelProfile("gpt-4.1-mini", 1_744_588_800, 1_047_576, 32_768, shutdown_date="2027-01-14"),
        ModelProfile("gpt-4o", 1_715_385_600, 128_000, 16_384, shutdown_date="2027-01-14"),
        ModelProfile("gpt-4o-mini", 1_721_260_800, 128_000, 16_384, shutdown_date="2027-01-14"),
    )
}


def find_model(name: str) -> ModelProfile:
    """The profile of `name`; 404 `model_not_found` for a model nobody offers."""
    if name not in MODELS:
        message = f"There is no model '{name}', or this key may not use it."
        raise ApiError(message, code="model_not_found", status=404)
    return MODELS[name]
