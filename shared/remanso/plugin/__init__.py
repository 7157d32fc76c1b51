"""What a client (a business) is: its client.toml, its tools, its collections, and how they are found."""

from remanso.model.outgoing import (
    Button,
    Buttons,
    Card,
    Cards,
    ContactInfoRequest,
    CtaUrl,
    Flow,
    List,
    Location,
    LocationRequest,
    Media,
    Outgoing,
    Phone,
    Reaction,
    Row,
    Section,
    Template,
    Text,
)
from remanso.model.outgoing_files import HeaderFile
from remanso.model.outgoing_template import HeaderPlace, TemplateButton
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
    "Card",
    "Cards",
    "Catalogue",
    "Collection",
    "ContactInfoRequest",
    "ContactView",
    "CtaUrl",
    "Facts",
    "FeedbackContext",
    "Flow",
    "HandoffContext",
    "HeaderFile",
    "HeaderPlace",
    "Hooks",
    "Item",
    "Items",
    "List",
    "Location",
    "LocationRequest",
    "Media",
    "MessageContext",
    "Outgoing",
    "Phone",
    "Reaction",
    "Row",
    "Section",
    "StepContext",
    "StepDoneContext",
    "Template",
    "TemplateButton",
    "Text",
    "Tool",
    "ToolContext",
    "TurnContext",
    "Verbatim",
    "tool",
]
