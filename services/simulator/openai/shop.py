"""Rule-based replies for a client made from the template: it greets under its own name, and lists what it looks up.

Schools have more to say (scene.py, answer.py); this is enough to see a new client's bot at work.
"""

import re

from services.simulator.openai.conversation import Conversation, Reply, Tool
from services.simulator.openai.reading import how_english, read
from services.simulator.openai.results import result_from
from services.simulator.openai.scene import SEARCH, call_of
from services.simulator.openai.wording import EN, ES, listing

_LOOKUP = "find_"
_OWN_NAME = re.compile(r"\b(?:asistente de|assistant of) ([^.\n]+)\.")
_ASKING = {"topic", "follow_up", "unclear"}


def lookup_of(conversation: Conversation) -> Tool | None:
    """The tool a client that is no school looks things up with; None where there is none."""
    names = {tool.name: tool for tool in conversation.tools}
    found = next((tool for name, tool in names.items() if name.startswith(_LOOKUP)), None)
    return None if SEARCH in names else found


def serve(conversation: Conversation, lookup: Tool) -> Reply:
    """Look up whatever is asked, then list it; greet whoever asks nothing."""
    texts = EN if how_english(conversation.burst()) > 0 else ES
    results = [result_from(said.text) for said in conversation.turn() if said.role == "tool"]
    if not results and conversation.may_call and _asks(conversation.burst()):
        return Reply(calls=(call_of(lookup, {}),))
    offered = [item for result in results for item in result.courses]
    if offered:
        return Reply("\n".join([texts["on_offer"], listing(offered, len(offered), texts), texts["help_you"]]))
    name = _own_name(conversation)
    greeting = [texts["hello"].format(name=""), texts["i_am"].format(name=name) if name else "", texts["help_you"]]
    return Reply(" ".join(filter(None, greeting)))


def _asks(lines: tuple[str, ...]) -> bool:
    points = {point.kind for point in read(lines, after_courses=False)}
    return bool(points & _ASKING) or any("?" in line for line in lines)


def _own_name(conversation: Conversation) -> str:
    told = (_OWN_NAME.search(said.text) for said in conversation.utterances if said.role == "system")
    return next((match[1] for match in told if match), "")
