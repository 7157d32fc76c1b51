"""What a client (a business) is: its client.toml, its tools, its collections, and how they are found."""

from remanso.model.outgoing import (
    Button,
    Buttons,
    ContactInfoRequest,
    CtaUrl,
    List,
    LocationRequest,
    Media,
    Outgoing,
    Reaction,
    Row,
    Section,
    Text,
)
from remanso.plugin.catalogue import Catalogue, Facts, Items
from remanso.plugin.collections import Collection, Item
from remanso.plugin.context import ContactView, ToolContext, TurnContext
from remanso.plugin.hooks import (
    Answer,
    FeedbackContext,
    HandoffContext,
    Hooks,
    MessageContext,
    StepContext,
    StepDoneContext,
)
from remanso.plugin.tools import Tool, Verbatim, tool

__all__ = [
    "Answer",
    "Button",
    "Buttons",
    "Catalogue",
    "Collection",
    "ContactInfoRequest",
    "ContactView",
    "CtaUrl",
    "Facts",
    "FeedbackContext",
    "HandoffContext",
    "Hooks",
    "Item",
    "Items",
    "List",
    "LocationRequest",
    "Media",
    "MessageContext",
    "Outgoing",
    "Reaction",
    "Row",
    "Section",
    "StepContext",
    "StepDoneContext",
    "Text",
    "Tool",
    "ToolContext",
    "TurnContext",
    "Verbatim",
    "tool",
]
