"""The bus as an AsyncAPI 3.1 document, written from the event classes and the topology: `python -m fleet.asyncapi`.

`docs/asyncapi.json` is this document; a test keeps the two equal.
"""

import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any

from remanso.bus.topology import EVENTS, QUEUES, Queue
from remanso.events import CATALOGUE, Envelope, Event

DOCUMENT = Path(__file__).parents[1] / "docs" / "asyncapi.json"

Json = dict[str, Any]


def document() -> Json:
    """The whole document."""
    schemas: Json = {}
    schemas["Envelope"] = _schema(Envelope, schemas)
    messages = {event.type: _message(event, schemas) for event in CATALOGUE.values()}
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Remanso's bus",
            "version": importlib.metadata.version("remanso"),
            "description": (
                f"Topic exchange `{EVENTS.name}`, routing key = event type. One AMQP message is a batch: "
                '`{"envelopes": [...]}` of one type. What nobody can handle goes to `remanso.dead` with its reason.'
            ),
        },
        "defaultContentType": "application/json",
        "channels": {name: _channel(name) for name in messages},
        "operations": {_key(queue, name): _operation(queue, name) for queue in QUEUES for name in queue.routing_keys},
        "components": {"messages": messages, "schemas": schemas},
    }


def _message(event: type[Event], schemas: Json) -> Json:
    schemas[event.__name__] = _schema(event, schemas)
    envelope = {
        "allOf": [
            {"$ref": "#/components/schemas/Envelope"},
            {"properties": {"payload": {"$ref": f"#/components/schemas/{event.__name__}"}}},
        ]
    }
    batch = {
        "type": "object",
        "required": ["envelopes"],
        "properties": {"envelopes": {"type": "array", "items": envelope}},
    }
    return {"name": event.type, "title": event.__name__, "summary": event.summary, "payload": batch}


def _schema(model: type[Event] | type[Envelope], schemas: Json) -> Json:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, definition in schema.pop("$defs", {}).items():
        schemas.setdefault(name, _plain_discriminator(definition))
    return _plain_discriminator(schema)


def _plain_discriminator(schema: Json) -> Json:
    """AsyncAPI names the discriminating property alone, where OpenAPI has an object."""
    found = schema.get("discriminator")
    if isinstance(found, dict):
        schema = {**schema, "discriminator": found["propertyName"]}
    properties = {name: _plain_discriminator(part) for name, part in schema.get("properties", {}).items()}
    return {**schema, "properties": properties} if properties else schema


def _channel(event_type: str) -> Json:
    return {
        "address": event_type,
        "messages": {event_type: {"$ref": f"#/components/messages/{event_type}"}},
        "bindings": {
            "amqp": {
                "is": "routingKey",
                "exchange": {"name": EVENTS.name, "type": "topic", "durable": True, "vhost": "/"},
            }
        },
    }


def _operation(queue: Queue, event_type: str) -> Json:
    return {
        "action": "receive",
        "title": f"{queue.name.partition('.')[0]} reads {event_type}",
        "summary": f"From the quorum queue `{queue.name}`.",
        "channel": {"$ref": f"#/channels/{event_type}"},
    }


def _key(queue: Queue, event_type: str) -> str:
    return f"{queue.name.partition('.')[0]}-{event_type.replace('.', '-')}"


def text() -> str:
    """The document as it stands in the file."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT.name} written\n")
