"""The API as an application of its own inside the console."""

from fastapi import FastAPI
from fastapi.routing import APIRoute

from services.console.api.attachments import routes as attachments
from services.console.api.catalogue import routes as catalogue
from services.console.api.channels import routes as channels
from services.console.api.contacts import routes as contacts
from services.console.api.conversations import routes as conversations
from services.console.api.credit import routes as credit
from services.console.api.description import whole
from services.console.api.endpoints import routes as endpoints
from services.console.api.me import routes as me
from services.console.api.messages import routes as messages
from services.console.api.problems import add_handlers
from services.console.api.quality import routes as quality
from services.console.api.replies import routes as replies
from services.console.bodies import JSON
from services.console.console import Console

PREFIX = "/api/v1"
ROOMS = (me, conversations, messages, attachments, contacts, replies, catalogue, credit, quality, channels, endpoints)
DESCRIPTION = """
What people do in the console, for programs. A key belongs to one client and sees that client alone; what it does stands
in the audit log under its name. The guide with examples: docs/api.md.
"""


def create_api(console: Console | None = None) -> FastAPI:
    """Without a console it only describes itself."""
    api = FastAPI(
        title="Remanso",
        version="1.0.0",
        description=DESCRIPTION.strip(),
        docs_url=None,
        redoc_url=None,
        servers=[{"url": PREFIX}],
        root_path_in_servers=False,
        max_body_size=JSON,
        separate_input_output_schemas=False,
        generate_unique_id_function=_name,
    )
    api.state.console = console
    for room in ROOMS:
        api.include_router(room)
    add_handlers(api)
    describe = api.openapi
    api.openapi = lambda: whole(describe())  # type: ignore[method-assign]
    return api


def _name(route: APIRoute) -> str:
    """What generated clients call an operation: `conversations_take_over`."""
    tag = str(route.tags[0]).lower().replace(" ", "_")
    return f"{tag}_{route.name}"
