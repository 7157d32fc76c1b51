"""What a client's own tests need: a context that records, a way to run a tool as the agent does, the contract."""

from remanso.testing.contract import check_client
from remanso.testing.tools import Ran, RecordingContext, run_tool, tool_context

__all__ = ["Ran", "RecordingContext", "check_client", "run_tool", "tool_context"]
