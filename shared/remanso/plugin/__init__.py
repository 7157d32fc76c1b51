"""What a client (a business) is: its client.toml, its tools, and how both are found."""

from remanso.plugin.context import ContactView, ToolContext
from remanso.plugin.tools import Tool, Verbatim, tool

__all__ = ["ContactView", "Tool", "ToolContext", "Verbatim", "tool"]
