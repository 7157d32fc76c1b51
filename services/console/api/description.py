"""The API's description (OpenAPI 3.1): what FastAPI says of the routes, with problems, tags and webhooks."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.console.api.problems import ProblemOut
from services.console.webhooks.events import SUBSCRIBED, Body

TAGS = {
    "Key": "Which key this is.",
    "Conversations": "The inbox, and who has the word.",
    "Messages": "The log of a conversation as the team sees it, and what may be said.",
    "Contacts": "People who wrote, under all their names.",
    "Saved replies": "Texts that a team says often.",
    "Catalogue": "What the client offers. Changes take the scope admin.",
    "Credit and usage": "What may be spent on the model, and what was. Takes the scope admin.",
    "Quality": "What went wrong or was judged.",
    "Channels and templates": "How numbers and templates stand with Meta. Takes the scope admin.",
    "Webhooks": "Where a client's own systems are told what happens. Takes the scope admin.",
}
_SIGNED = [
    {"name": name, "in": "header", "required": True, "description": description, "schema": {"type": "string"}}
    for name, description in {
        "webhook-id": "The same however often it is told: do what it asks once.",
        "webhook-timestamp": "Unix seconds of this attempt; refuse what is older than five minutes.",
        "webhook-signature": "`v1,` and base64 of HMAC-SHA256 over id.timestamp.body; two while a secret is rotated.",
    }.items()
]


def whole(described: dict[str, Any]) -> dict[str, Any]:
    """`described` as FastAPI has it, with what it does not know."""
    models: list[type[BaseModel]] = [ProblemOut, Body, *SUBSCRIBED]
    _, found = models_json_schema(
        [(model, "serialization") for model in models], ref_template="#/components/schemas/{model}"
    )
    described["components"]["schemas"] |= found["$defs"]
    described["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
    described["webhooks"] = {
        event.type: {"post": _told(event.type, event.__name__, event.summary)} for event in SUBSCRIBED
    }
    return described


def _told(event: str, schema: str, summary: str) -> dict[str, Any]:
    data = {"type": {"const": event}, "data": {"$ref": f"#/components/schemas/{schema}"}}
    body = {"allOf": [{"$ref": "#/components/schemas/Body"}, {"type": "object", "properties": data}]}
    return {
        "summary": summary,
        "operationId": f"told_{event.replace('.', '_')}",
        "tags": ["Webhooks"],
        "parameters": _SIGNED,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"2XX": {"description": "It arrived. Anything else is tried again for three days."}},
    }
