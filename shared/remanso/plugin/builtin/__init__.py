"""Tools that every client can have by naming them in client.toml, under `tools.builtin`."""

from remanso.plugin.builtin.people import handoff, save_contact
from remanso.plugin.builtin.sending import request_location, send_buttons, send_list
from remanso.plugin.builtin.words import WORDS
from remanso.plugin.config import ClientConfig
from remanso.plugin.tools import Tool

_MAKERS = {
    "save_contact": save_contact,
    "handoff": handoff,
    "send_buttons": send_buttons,
    "send_list": send_list,
    "request_location": request_location,
}


def builtin_tools(config: ClientConfig) -> tuple[Tool, ...]:
    """Those that the client switched on, described in its language."""
    return tuple(_MAKERS[name](WORDS[config.language]) for name in config.tools.builtin)
