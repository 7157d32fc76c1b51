"""One log line per event: JSON for machines, coloured text for a person, ids from the context, no personal data.

Modules take `log = structlog.get_logger()` and write `log.info("turn.sealed", messages=3)`. Ids are bound where a
piece of work enters (`with structlog.contextvars.bound_contextvars(conversation=…)`), so that every line below
carries them. The standard library's loggers (uvicorn, aio-pika, SQLAlchemy) come out of the same pipe.
"""

import json
import logging
import os
import re
import sys
from collections.abc import Mapping
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from remanso import tracing
from remanso.runtime.settings import LogFormat, LogLevel

REDACTED = "[redacted]"

# Whatever a contact wrote, who they are, and what opens doors. Matched on the whole key and on its last word.
SENSITIVE = frozenset(
    (  # noqa: SIM905 - the list would take thirty lines to say the same
        "text body caption content payload raw transcript arguments phone phone_number wa_id msisdn user_id to "
        "recipient recipient_id profile_name contact_name email address token secret password authorization "
        "api_key signature url dsn"
    ).split()
)

# Libraries that tell every request, connection or task, some of them with ids of people in URLs. Of a lost
# connection to the broker our own bus tells, once; aio-pika tells each try to reconnect, and both libraries add
# tracebacks for each task that noticed.
# OpenTelemetry tells each span that it could not send; `tracing.export` says it once.
QUIET = dict.fromkeys(("asyncio", "httpcore", "httpx", "httpx2", "openai", "uvicorn"), logging.WARNING) | {
    "aio_pika": logging.ERROR,
    "aio_pika.tools": logging.CRITICAL,
    "aiormq": logging.ERROR,
    "opentelemetry": logging.CRITICAL,
    "urllib3": logging.ERROR,
}

# Values that foreign exceptions carry in their texts: Pydantic's input, SQLAlchemy's parameters, phone numbers.
_LEAKS = re.compile(r"(?<=input_value=).*?(?=, input_type)|(?<=\[parameters: ).*?(?=\]\n)|\+?\b\d{8,15}\b", re.S)


def configure(service: str, instance: str, *, level: LogLevel = "INFO", form: LogFormat = "json") -> None:
    """Route every logger of this process to stdout, each JSON line naming `service` and `instance`."""

    def name_process(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        if form == "json":  # a person sees it in front of the line or has started the process by hand
            event["service"], event["instance"] = service, instance
        return event

    def name_trace(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        return {**tracing.name_ids(), **event}

    chain: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        name_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        name_process,
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*chain, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    _configure_stdlib(chain, _renderer(form), level)


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Blank the values of sensitive keys at any depth, and what leaks through the texts of exceptions."""
    for key in event.keys() - {"event"}:
        event[key] = _redacted(key, event[key])
    if isinstance(event.get("exception"), str):
        event["exception"] = _LEAKS.sub(REDACTED, event["exception"])
    return event


def _redacted(key: str, value: Any) -> Any:
    name = key.lower()
    if name in SENSITIVE or name.rpartition("_")[2] in SENSITIVE:
        return REDACTED
    if isinstance(value, Mapping):
        return {inner: _redacted(str(inner), item) for inner, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted("", item) for item in value]
    return value


def _renderer(form: LogFormat) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer(serializer=_dumps)
    return structlog.dev.ConsoleRenderer(
        colors="NO_COLOR" not in os.environ, exception_formatter=structlog.dev.plain_traceback
    )


def _dumps(event: EventDict, **options: Any) -> str:
    return json.dumps(event, ensure_ascii=False, **options)


def _configure_stdlib(chain: list[Processor], renderer: Processor, level: LogLevel) -> None:
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.captureWarnings(True)
    for name, least in QUIET.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelName(level)))
