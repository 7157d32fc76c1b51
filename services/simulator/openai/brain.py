"""Rule-based replies for the demo: a course school's assistant that knows only the conversation and its tools.

First it calls what the open lines need, saying so beside the calls; once the results stand in the conversation it
answers every point of the burst in one text. Asked the same, it says the same.
"""

from services.simulator.openai.answer import Answer
from services.simulator.openai.conversation import Call, Conversation, Reply
from services.simulator.openai.scene import Scene, call_of
from services.simulator.openai.shop import lookup_of, serve
from services.simulator.openai.summing_up import is_asked, sum_up


def reply_to(conversation: Conversation) -> Reply:
    """The next thing the assistant says: calls with a word beside them, or the answer; a summary where one is asked."""
    if is_asked(conversation):
        return Reply(sum_up(conversation))
    if lookup := lookup_of(conversation):
        return serve(conversation, lookup)
    scene = Scene(conversation)
    calls = scene.calls()
    if calls:
        return Reply(scene.announcement(calls), calls)
    if conversation.choice.must_call and conversation.may_call:
        return Reply(calls=(_forced(conversation),))
    return Reply(Answer(scene).text())


def _forced(conversation: Conversation) -> Call:
    """A call that `tool_choice` demands though nothing needs it: the first tool, asked with the open lines."""
    tool = conversation.tools[0]
    said = " ".join(conversation.burst())
    texts = [key for key, schema in tool.parameters.get("properties", {}).items() if schema.get("type") == "string"]
    return call_of(tool, dict.fromkeys(texts, said))
