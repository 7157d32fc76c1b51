"""What a client's own tests need: contexts that record, a way to run a tool as the agent does, the contract."""

from remanso.testing.catalogue import catalogue_of, seeded_catalogue
from remanso.testing.contract import check_client
from remanso.testing.tools import Ran, RecordingContext, run_tool, tool_context

__all__ = ["Ran", "RecordingContext", "catalogue_of", "check_client", "run_tool", "seeded_catalogue", "tool_context"]
