"""Every tool call is answered exactly once, by messages directly behind it: the classic production 400s.

Both endpoints refuse a history that breaks this; they differ in where the answers may stand and in wording.
"""

from services.simulator.openai.chat_request import AssistantMessage, Message, ToolMessage
from services.simulator.openai.errors import ApiError


def check_chat(messages: list[Message]) -> None:
    """Refuses a history in which calls and results do not pair; `param` names the offending message."""
    open_calls: set[str] = set()
    answered: set[str] = set()
    for at, message in enumerate(messages):
        if isinstance(message, ToolMessage):
            _answer(message, at, open_calls, answered)
            continue
        _refuse_unanswered(open_calls, at)
        answered = set()
        if isinstance(message, AssistantMessage):
            open_calls = _opened(message, at)
    _refuse_unanswered(open_calls, len(messages))


def _answer(message: ToolMessage, at: int, open_calls: set[str], answered: set[str]) -> None:
    if message.tool_call_id in answered:
        text = f"The tool call '{message.tool_call_id}' is answered more than once."
        raise ApiError(text, param=f"messages.[{at}].tool_call_id")
    if message.tool_call_id not in open_calls:
        text = (
            "A message with role 'tool' must follow the assistant message whose 'tool_calls' hold its"
            f" tool_call_id; nothing before it called '{message.tool_call_id}'."
        )
        raise ApiError(text, param=f"messages.[{at}].role")
    open_calls.discard(message.tool_call_id)
    answered.add(message.tool_call_id)


def _refuse_unanswered(open_calls: set[str], at: int) -> None:
    if open_calls:
        text = (
            "After an assistant message with 'tool_calls' a tool message must answer each of them before anything"
            f" else is said. Without an answer: {', '.join(sorted(open_calls))}"
        )
        raise ApiError(text, param=f"messages.[{at}].role")


def _opened(message: AssistantMessage, at: int) -> set[str]:
    if message.content is None and message.refusal is None and not message.tool_calls:
        text = "An assistant message needs 'content' or 'tool_calls'; this one has neither."
        raise ApiError(text, param=f"messages.[{at}].content")
    ids = [call.id for call in message.tool_calls]
    if len(set(ids)) < len(ids):
        text = "The ids of one message's tool calls must differ from each other."
        raise ApiError(text, param=f"messages.[{at}].tool_calls")
    return set(ids)
