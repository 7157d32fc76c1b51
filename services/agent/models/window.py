"""How many tokens a question has, estimated before it is asked, and whether it fits into a model's context window.

OpenAI refuses what is too long; some compatible servers (Ollama) cut its beginning off without a word, and the
client's rules with it. No tokenizer is asked: which one a model uses is not public, and the common ones fetch their
tables from the network. Measured with o200k_base (November 2026), bytes per token: Spanish chat 4.5, prompts 4.1,
catalogues 3.6, slang and links 2.8, emoji 2.7, compact JSON 2.4, figures 1.7, a UUID 1.1.
"""

import json
from collections.abc import Sequence

from remanso.plugin.model_profile import Profile
from remanso.plugin.tools import Tool
from services.agent.asking import BotText, ContactText, ModelRequest, PromptItem
from services.agent.models.pictures import ESTIMATED_TOKENS

PER_ITEM = 4  # tokens around each message
_LOOSE = bytes(byte for byte in range(256) if byte >= 0x80 or chr(byte).isalpha() or chr(byte).isspace())
"""Letters, spaces and all that is no ASCII: three bytes make a token; of figures and signs one and a half do."""


def fits(request: ModelRequest, profile: Profile) -> bool:
    """Whether prompt and answer have room in the profile's window."""
    return estimated_tokens(request) + profile.max_output_tokens <= profile.context_window


def estimated_tokens(request: ModelRequest) -> int:
    """Of the prompt: texts, pictures, calls, results and the tools' schemas."""
    return sum(map(item_tokens, request.items)) + tools_tokens(request.tools)


def tools_tokens(tools: Sequence[Tool]) -> int:
    described = (tool.name + tool.description + json.dumps(tool.schema) for tool in tools)
    return sum(PER_ITEM + text_tokens(text) for text in described)


def item_tokens(item: PromptItem) -> int:
    """Of one item with everything that goes with it."""
    tokens = PER_ITEM + text_tokens(item.text)
    if isinstance(item, ContactText):
        tokens += ESTIMATED_TOKENS * len(item.pictures)
    elif isinstance(item, BotText):
        tokens += sum(PER_ITEM + text_tokens(call.name + call.arguments) for call in item.calls)
    return tokens


def text_tokens(text: str) -> int:
    written = text.encode()
    return (len(written) + len(written.translate(None, _LOOSE)) + 2) // 3
