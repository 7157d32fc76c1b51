"""The rules between the items of a Responses input: ids, calls and outputs, reasoning and what followed it."""

from collections.abc import Mapping

from services.simulator.openai.errors import ApiError
from services.simulator.openai.responses_request import (
    CallItem,
    InputImage,
    Item,
    MessageItem,
    OutputItem,
    ReasoningItem,
)

_ID_PREFIXES = {"message": "msg", "function_call": "fc", "reasoning": "rs"}
_SAID_BY_MODEL = ("output_text", "refusal")


def check_items(items: list[Item], companions: Mapping[str, str], thoughts: Mapping[str, str], model: str) -> None:
    """Refuses an input whose items do not belong together.

    `companions` maps the id of an item this server gave to the id of the reasoning item given before it; `thoughts`
    maps the encrypted content of reasoning it gave to the model that thought it.
    """
    for at, item in enumerate(items):
        _check_id(item, at)
        if isinstance(item, MessageItem):
            _check_phase(item, at)
            _check_parts(item, at)
        elif isinstance(item, ReasoningItem):
            _check_thought(item, thoughts, model)
    _check_calls(items)
    _check_reasoning(items, companions)


def _check_id(item: Item, at: int) -> None:
    prefix = _ID_PREFIXES.get(item.type)
    if prefix and item.id is not None and not item.id.startswith(prefix):
        message = f"Invalid 'input[{at}].id': '{item.id}'. An id of this item begins with '{prefix}'."
        raise ApiError(message, param=f"input[{at}].id", code="invalid_value")


def _check_parts(item: MessageItem, at: int) -> None:
    """What the assistant said is `output_text`; what others said is never."""
    parts = item.content if isinstance(item.content, list) else []
    for index, part in enumerate(parts):
        if (part.type in _SAID_BY_MODEL) != (item.role == "assistant"):
            message = f"Invalid value: '{part.type}' does not belong into a message of role '{item.role}'."
            raise ApiError(message, param=f"input[{at}].content[{index}]", code="invalid_value")
        if isinstance(part, InputImage) and (part.image_url is None) == (part.file_id is None):
            message = "An 'input_image' needs exactly one of 'image_url' and 'file_id'."
            raise ApiError(message, param=f"input[{at}].content[{index}]", code="invalid_value")


def _check_phase(item: MessageItem, at: int) -> None:
    if item.phase is not None and item.role != "assistant":
        message = f"Invalid value: only an assistant's message has a 'phase', not one of role '{item.role}'."
        raise ApiError(message, param=f"input[{at}].phase", code="invalid_value")


def _check_thought(item: ReasoningItem, thoughts: Mapping[str, str], model: str) -> None:
    """Nothing is stored here, so reasoning must bring its content; it must be genuine, and this model's own."""
    if item.encrypted_content is None:
        message = f"Item with id '{item.id}' not found. Items are not persisted when 'store' is set to false."
        raise ApiError(message, param="input", status=404)
    if thoughts.get(item.encrypted_content) != model:
        message = f"The encrypted content of item '{item.id}' could not be verified."
        raise ApiError(message, code="invalid_encrypted_content")


def _check_calls(items: list[Item]) -> None:
    called: set[str] = set()
    answered: set[str] = set()
    for item in items:
        if isinstance(item, CallItem):
            if item.call_id in called:
                raise ApiError(f"Two function calls share the call_id {item.call_id}.", param="input")
            called.add(item.call_id)
        elif isinstance(item, OutputItem):
            if item.call_id not in called:
                raise ApiError(
                    f"There is no function call before the output for call_id {item.call_id}.", param="input"
                )
            if item.call_id in answered:
                raise ApiError(f"The function call {item.call_id} has more than one output.", param="input")
            answered.add(item.call_id)
    if unanswered := sorted(called - answered):
        raise ApiError(f"There is no output for the function call {unanswered[0]}.", param="input")


def _check_reasoning(items: list[Item], companions: Mapping[str, str]) -> None:
    """A reasoning item and the item that followed it travel together, or neither comes."""
    seen: set[str | None] = {None}
    for at, item in enumerate(items):
        if isinstance(item, ReasoningItem):
            seen.add(item.id)
            following = items[at + 1] if at + 1 < len(items) else None
            if not _said_by_model(following):
                message = f"The 'reasoning' item '{item.id}' came without the item that has to follow it."
                raise ApiError(message, param="input")
        elif item.id is not None and companions.get(item.id) not in seen:
            message = f"The '{item.type}' item '{item.id}' came without its 'reasoning' item '{companions[item.id]}'."
            raise ApiError(message, param="input")


def _said_by_model(item: Item | None) -> bool:
    if isinstance(item, MessageItem):
        return item.role == "assistant"
    return isinstance(item, CallItem | ReasoningItem)
