"""What a client (a business) is: its client.toml, its tools, its collections, and how they are found."""

from remanso.plugin.catalogue import Catalogue, Facts, Items
from remanso.plugin.collections import Collection, Item
from remanso.plugin.context import ContactView, ToolContext, TurnContext
from remanso.plugin.hooks import Answer, HandoffContext, Hooks, MessageContext, StepContext, StepDoneContext
from remanso.plugin.tools import Tool, Verbatim, tool

__all__ = [
    "Answer",
    "Catalogue",
    "Collection",
    "ContactView",
    "Facts",
    "HandoffContext",
    "Hooks",
    "Item",
    "Items",
    "MessageContext",
    "StepContext",
    "StepDoneContext",
    "Tool",
    "ToolContext",
    "TurnContext",
    "Verbatim",
    "tool",
]
