"""What a client (a business) is: its client.toml, its tools, and how both are found."""

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
from remanso.plugin.context import ContactView, ToolContext
from remanso.plugin.tools import Tool, Verbatim, tool

__all__ = [
    "Button",
    "Buttons",
    "ContactInfoRequest",
    "ContactView",
    "CtaUrl",
    "List",
    "LocationRequest",
    "Media",
    "Outgoing",
    "Reaction",
    "Row",
    "Section",
    "Text",
    "Tool",
    "ToolContext",
    "Verbatim",
    "tool",
]
