"""A made-up business with one number, and people who write to it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import SecretStr

from remanso.events import Envelope, MessageReceived, derived_id, wrap
from remanso.model.content import Content, Text
from remanso.model.message import InboundMessage, Sender
from remanso.plugin.config import ClientConfig
from remanso.plugin.registry import Client, Registry

NAME = "school"
CHANNEL = "700000000000001"
ACCESS_TOKEN = "school-access-token"
FALLBACK = "Ahora no puedo, te contesto enseguida."

NO_CREDIT = "Por este mes llegamos hasta acá."

_TEXTS = {"fallback": FALLBACK, "failed": "No pude.", "feedback": "¿Qué tal estuvo?", "no_credit": NO_CREDIT}


def config(name: str = NAME, channel: str = CHANNEL, **sections: Mapping[str, Any]) -> ClientConfig:
    """The business's client.toml; `sections` replace whole sections, as burst={"quiet": 1}."""
    return ClientConfig.model_validate(
        {
            "name": name,
            "title": name.title(),
            "timezone": "America/Argentina/Buenos_Aires",
            "package": "school_bot",
            "requires": ">=0.1,<1",
            "channels": [{"phone_number_id": channel, "display_number": "+54 9 11 5555-0000", "account": "1"}],
            "secrets": {"app_secret": "A", "verify_token": "V", "access_token": "T"},
            "model": {
                "model": "gpt-6-luna",
                "prices": [{"input": 1, "cached": 1, "output": 1, "valid_from": "2026-11-01"}],
            },
            "media": {"price": {"per_minute": "0.006", "valid_from": "2026-11-01"}},
            "texts": {"es": _TEXTS, "en": {**_TEXTS, "fallback": "Not now."}},
        }
        | sections
    )


def registry(*configs: ClientConfig) -> Registry:
    """These businesses as a service knows them; without any, the school."""
    secrets = {"access_token": SecretStr(ACCESS_TOKEN)}
    return Registry({found.name: Client(found, Path(), secrets) for found in configs or (config(),)}, {})


def person(number: int | None = None) -> Sender:
    """Somebody with a phone number and a user id; without `number` somebody new."""
    digits = f"{number:08d}" if number is not None else str(uuid4().int)[:12]
    return Sender(wa_id=f"549{digits}", user_id=f"AR.{digits}", profile_name="Ana")


def said(
    sender: Sender,
    content: Content | str = "hola",
    *,
    wamid: str | None = None,
    sent_at: datetime | None = None,
    received_at: datetime | None = None,
    index: int = 0,
    client: str = NAME,
    channel: str = CHANNEL,
) -> Envelope:
    """One message of `sender`, as the ingress publishes it."""
    name = wamid or f"wamid.{uuid4().hex}"
    message = InboundMessage(
        channel=channel,
        wamid=name,
        sent_at=sent_at or datetime.now(UTC),
        index=index,
        sender=sender,
        content=Text(text=content) if isinstance(content, str) else content,
        raw={"id": name},
    )
    return wrap(
        MessageReceived(message=message),
        client,
        event_id=derived_id("message", channel, name),
        received_at=received_at or datetime.now(UTC),
    )


def burst(sender: Sender, *texts: str, ago: timedelta = timedelta(), channel: str = CHANNEL) -> list[Envelope]:
    """Texts a second apart, the last of them sent `ago`."""
    last = datetime.now(UTC) - ago
    return [
        said(sender, text, sent_at=last - timedelta(seconds=len(texts) - 1 - place), channel=channel)
        for place, text in enumerate(texts)
    ]
