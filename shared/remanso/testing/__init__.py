"""What a client's own tests need: contexts that record, a way to run a tool as the agent does, the contract."""

from remanso.testing.catalogue import catalogue_of, seeded_catalogue
from remanso.testing.contract import check_client
from remanso.testing.hooks import RecordingMessageContext, message_context, step_context
from remanso.testing.tools import Ran, RecordingContext, run_tool, tool_context

__all__ = [
    "Ran",
    "RecordingContext",
    "RecordingMessageContext",
    "catalogue_of",
    "check_client",
    "message_context",
    "run_tool",
    "seeded_catalogue",
    "step_context",
    "tool_context",
]
