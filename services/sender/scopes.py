"""Whom a delivery concerns, by name: the keys of what is slowed down or parked. Pure."""

from collections.abc import Mapping
from typing import Any

from remanso.channels.whatsapp.errors import Scope
from remanso.plugin.config import Channel, ClientConfig
from remanso.store.conversations import Conversation

Keys = Mapping[Scope, str]

WHOLE_NUMBERS = frozenset({Scope.NUMBER, Scope.ACCOUNT, Scope.APP})
"""Parked, nothing of a number is tried."""


def keys_of(payload: Mapping[str, Any], conversation: Conversation, client: ClientConfig) -> dict[Scope, str]:
    """The key of each scope. A message without a template stands for its contact where a template is meant."""
    account = _account(client, conversation.channel)
    contact = f"contact:{conversation.id}"
    template = f"template:{account}/{payload.get('name')}/{payload.get('language')}"
    return {
        Scope.CONTACT: contact,
        Scope.TEMPLATE: template if payload.get("type") == "template" else contact,
        Scope.NUMBER: number_key(conversation.channel),
        Scope.ACCOUNT: f"account:{account}",
        Scope.APP: f"app:{client.name}",
    }


def number_key(channel: str) -> str:
    return f"number:{channel}"


def channels_of(scope: Scope, conversation: Conversation, client: ClientConfig) -> list[str]:
    """The numbers that stand still while `scope` is parked."""
    match scope:
        case Scope.NUMBER:
            return [conversation.channel]
        case Scope.ACCOUNT:
            account = _account(client, conversation.channel)
            same = [channel.phone_number_id for channel in client.channels if channel.account == account]
            return same or [conversation.channel]
        case Scope.APP:
            return sorted({conversation.channel, *(channel.phone_number_id for channel in client.channels)})
        case _:
            return []


def channel_named(client: ClientConfig, phone_number_id: str) -> Channel | None:
    return next((channel for channel in client.channels if channel.phone_number_id == phone_number_id), None)


def _account(client: ClientConfig, phone_number_id: str) -> str:
    channel = channel_named(client, phone_number_id)
    return channel.account if channel else f"of-{phone_number_id}"
