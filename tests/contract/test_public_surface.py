"""What clients may lean on. A name that leaves, or a field that is renamed, breaks repositories we do not see.

Adding is free, after a look at whether it belongs there: put it into the list, and into the guide.
"""

import dataclasses
import re
from pathlib import Path
from types import ModuleType

import pytest
from pydantic import BaseModel

import remanso.plugin
import remanso.testing

GUIDE = (Path(__file__).parents[2] / "docs" / "plugin-guide.md").read_text("utf-8")

TURN = {"client", "contact", "conversation_id", "turn_id", "now", "records", "catalogue"}
PLUGIN: dict[str, set[str]] = {
    "Answer": {"texts"},
    "Button": {"id", "title"},
    "Buttons": {"quoted", "type", "text", "buttons", "header", "footer"},
    "Card": {"name", "first_name", "last_name", "phones", "emails", "company", "url"},
    "Cards": {"quoted", "type", "cards"},
    "Catalogue": {"collections", "shelf"},
    "Collection": {"model", "name", "key", "title", "search", "label", "preview"},
    "ContactInfoRequest": {"quoted", "type", "text"},
    "ContactView": {"name", "email", "language", "location", "facts"},
    "CtaUrl": {"quoted", "type", "text", "label", "url", "header", "footer"},
    "Facts": {"collection", "key", "title", "values"},
    "FeedbackContext": TURN | {"answer", "reason"},
    "HandoffContext": TURN | {"reason"},
    "Flow": {"quoted", "type", "text", "label", "flow_id", "token", "screen", "data", "header", "footer"},
    "HeaderFile": {"type", "id", "link", "filename"},
    "HeaderPlace": {"type", "latitude", "longitude", "name", "address"},
    "Hooks": {"on_message", "before_step", "after_step", "on_handoff", "on_feedback", "timeout"},
    "Item": {"active"},
    "Items": {"collection", "shelf"},
    "List": {"quoted", "type", "text", "label", "sections", "header", "footer"},
    "Location": {"quoted", "type", "latitude", "longitude", "name", "address"},
    "LocationRequest": {"quoted", "type", "text"},
    "Media": {"quoted", "type", "id", "link", "file", "attachment", "caption", "filename", "voice"},
    "MessageContext": TURN | {"messages"},
    "Outgoing": set(),
    "Phone": {"phone", "kind", "wa_id"},
    "Reaction": {"type", "target", "emoji"},
    "Row": {"id", "title", "description"},
    "Section": {"rows", "title"},
    "StepContext": TURN | {"number"},
    "StepDoneContext": TURN | {"number", "text", "calls", "kept"},
    "Template": {"quoted", "type", "name", "language", "body", "header", "header_name", "buttons"},
    "TemplateButton": {"type", "index", "value"},
    "Text": {"quoted", "type", "text", "preview_url"},
    "Tool": {
        *("name", "description", "schema", "effect", "timeout", "idempotent", "arguments", "function", "defaults"),
    },
    "ToolContext": TURN | {"call_id", "idempotency_key", "outbox"},
    "TurnContext": TURN,
    "Verbatim": {"text", "note"},
    "tool": set(),
}
TESTING: dict[str, set[str]] = {
    "Dialogue": {"about", "title", "turns"},
    "Ran": {"content", "verbatim"},
    "RecordingContext": TURN | {"call_id", "idempotency_key", "outbox", "saved", "handoffs"},
    "RecordingMessageContext": TURN | {"messages", "saved", "handoffs"},
    "catalogue_of": set(),
    "check_client": set(),
    "message_context": set(),
    "play_dialogue": set(),
    "read_dialogues": set(),
    "run_tool": set(),
    "seeded_catalogue": set(),
    "step_context": set(),
    "tool_context": set(),
}


@pytest.mark.parametrize(("module", "surface"), [(remanso.plugin, PLUGIN), (remanso.testing, TESTING)])
def test_what_is_offered_is_what_is_listed(module: ModuleType, surface: dict[str, set[str]]) -> None:
    assert module.__all__ == sorted(module.__all__)
    assert set(module.__all__) == surface.keys()
    for name, fields in surface.items():
        found = getattr(module, name)
        assert _fields_of(found) == fields, name


def _fields_of(found: object) -> set[str]:
    if isinstance(found, type) and issubclass(found, BaseModel):
        return set(found.model_fields)
    return {field.name for field in dataclasses.fields(found)} if dataclasses.is_dataclass(found) else set()


def test_whatever_a_client_writes_itself_stands_in_the_guide() -> None:
    """The rest are types that code meets without naming them."""
    met = {"Catalogue", "Facts", "Items", "Ran", "RecordingContext", "RecordingMessageContext", "Tool", "TurnContext"}
    written = (PLUGIN | TESTING).keys() - met
    assert written - set(re.findall(r"\w+", GUIDE)) == set()
