"""What may leave the process with a span. The one door: whoever made the span, only what is listed here goes out.

Instrumentations write down whole URLs and the texts of exceptions. A URL may hold a signed link or a search for a
name, an exception what somebody wrote: none of it passes, nor does any attribute that nobody thought about.
"""

from collections.abc import Mapping
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import Link, Status

ALLOWED = frozenset(
    (  # noqa: SIM905 - the list would take fifty lines to say the same
        "messaging.system messaging.operation.name messaging.operation.type messaging.destination.name "
        "messaging.message.id messaging.batch.message_count "
        "http.method http.request.method http.status_code http.response.status_code http.route "
        "net.peer.name net.peer.port server.address server.port url.scheme "
        "db.system db.system.name db.statement db.query.text db.name db.namespace "
        "gen_ai.operation.name gen_ai.provider.name gen_ai.request.model gen_ai.response.model gen_ai.response.id "
        "gen_ai.response.finish_reasons gen_ai.usage.input_tokens gen_ai.usage.output_tokens "
        "gen_ai.usage.cache_read.input_tokens gen_ai.tool.name gen_ai.tool.call.id "
        "error.type "
        "remanso.client remanso.conversation_id remanso.turn_id remanso.delivery_id remanso.attempt remanso.outcome "
        "remanso.kind remanso.code remanso.status remanso.messages remanso.step remanso.steps remanso.calls "
        "remanso.cost_usd remanso.effect remanso.reasoning_tokens remanso.audio_seconds"
    ).split()
)
"""Statements are ours and bear their values as parameters, which are not recorded."""

LONGEST = 500


def cleaned(span: ReadableSpan) -> ReadableSpan:
    """The span as it may be told: listed attributes, no events, a status without words. Pure."""
    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_allowed(span.attributes or {}),
        events=(),
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _allowed(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _short(value) for name, value in attributes.items() if name in ALLOWED}


def _short(value: Any) -> Any:
    """A statement on one line, and not all of a long one."""
    return " ".join(value.split())[:LONGEST] if isinstance(value, str) else value
