"""Whether a question fits into a model's context window, estimated before it is asked.

OpenAI refuses what is too long; some compatible servers (Ollama) cut its beginning off without a word, and the
client's rules with it.
"""

import json
from collections.abc import Iterator

from remanso.plugin.model_profile import Profile
from services.agent.asking import BotText, ContactText, ModelRequest
from services.agent.models.pictures import ESTIMATED_TOKENS

BYTES_PER_TOKEN = 3
"""On the safe side: Spanish text has about four."""
PER_ITEM = 4  # tokens around each message


def fits(request: ModelRequest, profile: Profile) -> bool:
    """Whether prompt and answer have room in the profile's window."""
    return estimated_tokens(request) + profile.max_output_tokens <= profile.context_window


def estimated_tokens(request: ModelRequest) -> int:
    """Of the prompt: texts, pictures, calls, results and the tools' schemas."""
    texts = list(_texts(request))
    pictures = sum(len(item.pictures) for item in request.items if isinstance(item, ContactText))
    words = sum(len(text.encode()) for text in texts) // BYTES_PER_TOKEN
    return words + PER_ITEM * len(texts) + ESTIMATED_TOKENS * pictures


def _texts(request: ModelRequest) -> Iterator[str]:
    for item in request.items:
        yield item.text
        if isinstance(item, BotText):
            yield from (call.name + call.arguments for call in item.calls)
    for tool in request.tools:
        yield tool.name + tool.description + json.dumps(tool.schema)
