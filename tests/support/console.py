"""The console's pages over real rows, two businesses with their people, and browsers that are signed in."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID, uuid4

import httpx
import itsdangerous
from fastapi import FastAPI
from pwdlib import PasswordHash
from pydantic import Field, HttpUrl, SecretStr
from sqlalchemy import text

from remanso.bus import Bus
from remanso.channels.whatsapp.media import MediaClient
from remanso.model.delivery import DeliveryKind
from remanso.model.media import MediaState
from remanso.model.tokens import hashed, new_token
from remanso.plugin import Collection, Item
from remanso.store import Store
from remanso.store.apps import Credentials
from remanso.store.conversations import Conversation
from remanso.store.media import Opened
from remanso.store.scoped import Scope
from remanso.store.users import User
from remanso.store.views import Views
from services.console.app import create_app
from services.console.console import Console
from services.console.pages.pages import Pages
from services.console.secrets.passwords import Passwords
from services.console.settings import ConsoleSettings
from tests.support.clock import let_pass
from tests.support.scene import a_conversation, seal
from tests.support.school import config, registry

SECRET = "a secret that only these tests know"
PASSWORD = "correcto caballo bateria"
HASH = PasswordHash.recommended().hash(PASSWORD)
SCHOOL, ACADEMY = "school", "academy"
CHANNELS = {SCHOOL: "700000000000001", ACADEMY: "700000000000002"}
ORIGIN = "http://console.test"


class Course(Item):
    slug: Annotated[str, Field(pattern=r"^[a-z-]+$")]
    name: Annotated[str, Field(min_length=3, title="Nombre")]
    price: Annotated[int, Field(ge=0)]
    start: date | None = None
    link: HttpUrl
    topics: tuple[str, ...] = ()


def told(course: Course, language: str) -> str:
    """What contacts of the school get."""
    return f"{'Course' if language == 'en' else 'Curso'} *{course.name}*: ${course.price}, {course.link}"


COURSES = Collection(Course, name="courses", key="slug", title="name", search=("name", "topics"), preview=told)
COLLECTIONS = {SCHOOL: COURSES, ACADEMY: Collection(Course, name="seminars", key="slug", title="name")}


def a_console(store: Store, bus: Bus, media: MediaClient) -> Console:
    settings = ConsoleSettings(
        amqp_url=SecretStr("amqp://nobody@127.0.0.1/"),
        database_url=SecretStr("postgresql://nobody@127.0.0.1/none"),
        console_secret=SecretStr(SECRET),
        console_url=ORIGIN,
        console_https_only=False,
        console_api_per_second=10_000,
    )
    businesses = registry(config(SCHOOL), config(ACADEMY, CHANNELS[ACADEMY]))
    for name, collection in COLLECTIONS.items():
        businesses.clients[name] = replace(businesses.clients[name], collections=(collection,))
    return Console(settings, store, bus.publisher, businesses, Pages(), Passwords(), media, bus.graveyard)


@dataclass
class Browser:
    """Somebody's browser. It sends what browsers send with a request that a page of ours makes."""

    http: httpx.AsyncClient

    async def get(self, path: str, **more: object) -> httpx.Response:
        return await self.http.get(path, **more)  # type: ignore[arg-type]

    async def post(self, path: str, **form: str) -> httpx.Response:
        return await self.http.post(path, data=form, headers={"sec-fetch-site": "same-origin"})


@dataclass
class Visitors:
    """Opens browsers on one console, and closes them."""

    console: Console
    app: FastAPI
    """Its hundred routes take a moment: made once where many visit."""
    open: list[httpx.AsyncClient] = field(default_factory=list)

    @classmethod
    def of(cls, console: Console) -> "Visitors":
        return cls(console, create_app(console))

    def browser(self, token: str | None = None) -> Browser:
        """A fresh one; with the token of a session it is signed in."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=True)
        http = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
        if token:
            http.cookies.set("remanso", signed({"token": token}), domain="console.test")
        self.open.append(http)
        return Browser(http)

    async def as_user(self, user: User) -> Browser:
        """Signed in without the login's forms."""
        token = new_token()
        async with self.console.store.transaction() as tx:
            await tx.sessions.begin(user.id, hashed(token), "open", "a test", timedelta(days=9))
        return self.browser(token)


def signed(session: dict[str, str], secret: str = SECRET) -> str:
    """A cookie as the console makes them."""
    return itsdangerous.TimestampSigner(secret).sign(b64encode(json.dumps(session).encode())).decode()


async def a_user(store: Store, roles: Mapping[str, str] = {}, *, operator: bool = False, **more: str) -> User:
    """Somebody new, a member of these: school="admin"."""
    async with store.transaction() as tx:
        user = await tx.users.add(f"{uuid4().hex[:12]}@example.org", "Ana Díaz", HASH, operator=operator)
        assert user
        for client, role in {**roles, **more}.items():
            await tx.users.join(user.id, client, role)
    return user


@dataclass(frozen=True)
class Belongings:
    """Rows of one client, by the name of the parameter that names such a row in a path or form."""

    client: str
    user_id: UUID
    session_id: UUID
    invitation_id: UUID
    conversation_id: UUID
    contact_id: UUID
    message_id: UUID
    reply_id: UUID
    delivery_id: UUID
    parking_id: UUID
    app_id: str
    collection_id: str
    item_id: UUID
    key_id: UUID
    endpoint_id: UUID
    notification_id: UUID

    def of(self, parameter: str) -> str:
        """Raises AttributeError for a parameter nobody has told about."""
        return str(getattr(self, parameter))


async def belongings(store: Store, client: str, owner: User) -> Belongings:
    """One row of everything: `owner`'s session, a colleague, an open invitation."""
    colleague = await a_user(store, {client: "member"})
    async with store.transaction() as tx:
        await tx.sessions.begin(owner.id, hashed(new_token()), "open", "another", timedelta(hours=1))
        session = (await tx.sessions.of_user(owner.id))[0]
        await tx.links.invite(
            hashed(new_token()),
            email=f"{uuid4().hex[:8]}@example.org",
            client=client,
            role="member",
            made_by="Ana",
            lasts=timedelta(days=1),
        )
        views = tx.within(Scope(frozenset({client})))
        invitation = (await views.members.invitations(client))[-1]
        reply_id = await views.holding.save_reply(client, "Hola", "Hola, ¿en qué te ayudo?")
        shelf = COLLECTIONS[client].name
        pan = {"slug": "pan", "name": "Pan", "price": 9, "link": "https://x.example/pan"}
        item_id = await views.offers.add(client, shelf, f"pan-{uuid4().hex}", pan, user_id=owner.id)
        assert item_id
        key_id, endpoint_id, notification_id = await _for_programs(views, client)
    conversation = await a_conversation(store, "hola", business=config(client, CHANNELS[client]))
    message_id = await _a_picture(store, conversation)
    delivery_id = await in_doubt(store, conversation)
    parking_id = await a_parking(store, client)
    app_id = f"app-{uuid4().hex[:8]}"
    async with store.transaction() as tx:
        await tx.apps.enter(app_id, Credentials("0" * 64, "0" * 64), {"title": client})
    return Belongings(
        client,
        colleague.id,
        session.id,
        invitation.id,
        conversation.id,
        conversation.contact_id,
        message_id,
        reply_id,
        delivery_id,
        parking_id,
        app_id,
        shelf,
        item_id,
        key_id,
        endpoint_id,
        notification_id,
    )


async def _for_programs(views: Views, client: str) -> tuple[UUID, UUID, UUID]:
    """A key of the API, an endpoint of webhooks, and something to tell it."""
    hash_, endpoint_id = hashed(new_token()), uuid4()
    key_id = await views.keys.add(
        client, "CRM", prefix="rmk_abcdef", token_hash=hash_, scopes=["read"], made_by="Ana", lasts=None
    )
    url, events = "https://example.org/hooks", ["message.received"]
    await views.endpoints.add(client, endpoint_id, url, events, secret="sealed elsewhere", made_by="Ana")
    notification_id = await views.endpoints.ping(client, endpoint_id)
    assert notification_id
    return key_id, endpoint_id, notification_id


async def in_doubt(store: Store, conversation: Conversation) -> UUID:
    """A part whose sender died in its only attempt."""
    async with store.transaction() as tx:
        place = await tx.conversations.take_delivery_positions(conversation.id, 1)
        payload = {"type": "text", "text": "hola"}
        (delivery_id,) = await tx.deliveries.add(
            conversation.id, place, [payload], kind=DeliveryKind.HUMAN, epoch=conversation.epoch
        )
        sending = await tx.attempts.mark_sending(delivery_id)
        await tx.attempts.mark_unknown(sending, timedelta(hours=1), "nobody knows")
    return delivery_id


async def a_parking(store: Store, client: str, channels: Sequence[str] = ()) -> UUID:
    """An account that is not paid for."""
    key = f"account:{uuid4().hex}"
    async with store.transaction() as tx:
        await tx.parkings.park("account", key, client=client, channels=channels, code=131042, detail="unpaid")
        (parking,) = await tx.parkings.open_of([key])
    return parking.id


async def _a_picture(store: Store, conversation: Conversation) -> UUID:
    """A message whose bytes are kept, for whoever tries to see them."""
    async with store.transaction() as tx:
        (message,) = await tx.messages.of_conversation(conversation.id)
        await tx.connection.execute(
            text('UPDATE messages SET content = content || \'{"kind": "image", "media_id": "1"}\' WHERE id = :id'),
            {"id": message.id},
        )
    await let_pass(store, 30)
    turn_id = (await seal(store))[conversation.id]
    async with store.transaction() as tx:
        turn = await tx.turns.claim(turn_id, "agent", timedelta(minutes=5))
        assert turn
        opened = Opened(MediaState.SEEN, mime_type="image/png", size=4, sha256="0", content=b"\x89PNG")
        await tx.media.add(turn, message.id, "1", "image", opened, timedelta(days=1))
    return message.id
