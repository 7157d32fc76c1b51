"""What each service may do at the broker, and a broker that is set up so: users, permissions, exchanges, queues.

Everything is made from `topology` and from what each service says below, so that it cannot drift. One user, `deploy`,
owns the topology; the services' users may declare nothing of it, and `Bus` notices.
"""

import base64
import hashlib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from remanso.bus.overhearing import OVERHEARD
from remanso.bus.topology import DEAD, DEAD_QUEUE, EVENTS, QUEUES, Queue, graveyard_arguments

OWNER = "deploy"
NOTHING = "^$"
_DEFAULT_EXCHANGE = "amq.default"  # RabbitMQ's name for the one without a name, through which one queue is written to
_CHANGED = "conversation.changed"

Json = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A service's part on the bus: what it tells, and more than what it reads if anything.

    What it reads are the queues that carry its name. `overhears`: events it hears through queues of its own making.
    `buries` and `digs`: whether it may put into, and take out of, the dead letters.
    """

    tells: tuple[str, ...]
    overhears: tuple[str, ...] = ()
    buries: bool = True
    digs: bool = False


PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "ingress": Part(
            ("message.received", "message.echoed", "preference.changed", "receipt.received", "channel.reported"),
            buries=False,
        ),
        "debouncer": Part(("turn.ready", "delivery.ready", _CHANGED)),
        "agent": Part(("delivery.ready", "model.unavailable", _CHANGED)),
        "sender": Part((_CHANGED,)),
        "console": Part(("delivery.ready", _CHANGED), overhears=(_CHANGED,), digs=True),
    }
)


@dataclass(frozen=True)
class Permission:
    """Regular expressions over names, as RabbitMQ takes them; `tells` and `hears` over routing keys of our events."""

    configure: str
    write: str
    read: str
    tells: str
    hears: str


def permission(service: str) -> Permission:
    """What a service's user may do."""
    part = PARTS[service]
    own = [re.escape(f"{OVERHEARD}.") + ".*"] if part.overhears else []
    written = [EVENTS.name] + ([DEAD.name] if part.buries else []) + ([_DEFAULT_EXCHANGE] if part.digs else [])
    read = [queue.name for queue in queues_of(service)] + ([DEAD_QUEUE] if part.digs else [])
    read += [EVENTS.name] if part.overhears else []  # whoever binds a queue reads from the exchange
    return Permission(
        configure=_any(own),
        write=_any([*map(re.escape, written), *own]),
        read=_any([*map(re.escape, read), *own]),
        tells=_any(map(re.escape, part.tells)),
        hears=_any(map(re.escape, part.overhears)),
    )


def queues_of(service: str) -> list[Queue]:
    return [queue for queue in QUEUES if queue.name.partition(".")[0] == service]


def definitions(passwords: Mapping[str, str], *, vhost: str = "/", prefix: str = "remanso-") -> Json:
    """What RabbitMQ loads at its start (`load_definitions`) or is given by `POST /api/definitions`.

    `passwords` by service, and of `deploy`; only salted hashes of them are in the result. Users are called `prefix` and
    the service's name.
    """
    users = {name: f"{prefix}{name}" for name in (OWNER, *PARTS)}
    return {
        "vhosts": [{"name": vhost}],
        "users": [_user(users[name], passwords[name], ["administrator"] if name == OWNER else []) for name in users],
        "permissions": [
            {"user": users[OWNER], "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"},
            *({"user": users[name], "vhost": vhost} | _of_names(permission(name)) for name in PARTS),
        ],
        "topic_permissions": [
            {"user": users[name], "vhost": vhost, "exchange": EVENTS.name} | _of_keys(permission(name))
            for name in PARTS
        ],
        "exchanges": [
            {"name": each.name, "vhost": vhost, "type": each.kind.value}
            | {"durable": True, "auto_delete": False, "internal": False, "arguments": {}}
            for each in (EVENTS, DEAD)
        ],
        "queues": [_queue(name, arguments, vhost) for name, arguments in _all_queues()],
        "bindings": [_binding(EVENTS.name, queue.name, key, vhost) for queue in QUEUES for key in queue.routing_keys]
        + [_binding(DEAD.name, DEAD_QUEUE, "", vhost)],
    }


def password_hash(password: str) -> str:
    """RabbitMQ's own: base64 of a salt of four bytes and the SHA-256 of salt and password."""
    salt = os.urandom(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _all_queues() -> Iterator[tuple[str, Json]]:
    for queue in QUEUES:
        yield queue.name, {**queue.arguments}
    yield DEAD_QUEUE, {**graveyard_arguments()}


def _queue(name: str, arguments: Json, vhost: str) -> Json:
    return {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": arguments}


def _binding(source: str, queue: str, key: str, vhost: str) -> Json:
    target = {"destination": queue, "destination_type": "queue"}
    return {"source": source, "vhost": vhost, "routing_key": key, "arguments": {}} | target


def _user(name: str, password: str, tags: list[str]) -> Json:
    hashed = {"password_hash": password_hash(password), "hashing_algorithm": "rabbit_password_hashing_sha256"}
    return {"name": name, "tags": tags} | hashed


def _of_names(allowed: Permission) -> Json:
    return {"configure": allowed.configure, "write": allowed.write, "read": allowed.read}


def _of_keys(allowed: Permission) -> Json:
    return {"write": allowed.tells, "read": allowed.hears}


def _any(patterns: Iterable[str]) -> str:
    found = list(patterns)
    return f"^({'|'.join(found)})$" if found else NOTHING
