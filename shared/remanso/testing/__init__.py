"""What a client's own tests need: recording contexts, tools run as the agent runs them, dialogues, the contract."""

from remanso.testing.catalogue import catalogue_of, seeded_catalogue
from remanso.testing.contract import check_client
from remanso.testing.dialogue import Dialogue, read_dialogues
from remanso.testing.hooks import RecordingMessageContext, message_context, step_context
from remanso.testing.stage import play_dialogue
from remanso.testing.tools import Ran, RecordingContext, run_tool, tool_context

__all__ = [
    "Dialogue",
    "Ran",
    "RecordingContext",
    "RecordingMessageContext",
    "catalogue_of",
    "check_client",
    "message_context",
    "play_dialogue",
    "read_dialogues",
    "run_tool",
    "seeded_catalogue",
    "step_context",
    "tool_context",
]
