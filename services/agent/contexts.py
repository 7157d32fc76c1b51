"""What a client's code is shown of the turn it is called in, made from the scene."""

from typing import Any
from zoneinfo import ZoneInfo

from remanso.plugin.context import ContactView, ToolContext
from remanso.store.contacts import Contact
from remanso.store.conversations import Conversation
from remanso.store.steps import ToolCall
from services.agent.assignment import Assignment
from services.agent.records import AgentRecords
from services.agent.scene import Scene
from services.agent.shelf import catalogue


def tool_context(assignment: Assignment, scene: Scene, call: ToolCall) -> ToolContext:
    """Of one call. The key stays the same for whoever runs it again."""
    key = f"{scene.turn.id}:{call.call_id}"
    return ToolContext(**of_scene(assignment, scene), call_id=call.call_id, idempotency_key=key)


def of_scene(assignment: Assignment, scene: Scene) -> dict[str, Any]:
    """The fields of every `TurnContext`, from rows that were read."""
    return of_turn(assignment, scene.conversation, scene.contact)


def of_turn(assignment: Assignment, conversation: Conversation, contact: Contact) -> dict[str, Any]:
    """The fields of every `TurnContext`."""
    config = assignment.client.config
    return {
        "client": config,
        "contact": ContactView(
            name=contact.name or contact.profile_name,
            email=contact.email,
            language=contact.language or config.language,
            location=contact.location,
            facts=contact.facts,
        ),
        "conversation_id": conversation.id,
        "turn_id": assignment.turn.id,
        "now": conversation.now.astimezone(ZoneInfo(config.timezone)),
        "records": AgentRecords(assignment, contact),
        "catalogue": catalogue(assignment),
    }
