"""From start to stop: store and bus, the recorder, the pages; and back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from fastapi import FastAPI

from remanso.bus.topology import CONSOLE_CHANNEL_REPORTED
from remanso.channels.collector import CollectorClient
from remanso.channels.whatsapp.media import MediaClient
from remanso.events import ConversationChanged
from remanso.model.app_key import AppKey
from remanso.runtime.backing import backing
from remanso.runtime.clients import serve_clients
from remanso.runtime.http import serving
from remanso.runtime.process import Process
from remanso.runtime.sweep import sweep_every
from services.console.app import create_app
from services.console.console import Console
from services.console.forgetting import Forgetting
from services.console.health import HealthMetrics
from services.console.heartbeat import Heart
from services.console.mail.post import Post
from services.console.pages.pages import Pages
from services.console.reports import Reports
from services.console.secrets.passwords import Passwords
from services.console.settings import ConsoleSettings
from services.console.waiting import WaitingMetrics
from services.console.webhooks.posting import Poster
from services.console.webhooks.teller import Teller

HEALTH_SECONDS = 30.0
WAITING_SECONDS = 5.0
WEBHOOK_SECONDS = 1.0
FORGET_SECONDS = 3600.0
MAIL_SECONDS = 5.0

log = structlog.get_logger()


async def serve(process: Process, settings: ConsoleSettings) -> None:
    """Be the console until the process is told to stop."""
    async with (
        opened(process, settings) as app,
        serving(app, settings.http_host, settings.http_port) as port,
    ):
        log.info("console.listening", port=port)
        await process.until_stopped()


@asynccontextmanager
async def opened(process: Process, settings: ConsoleSettings) -> AsyncIterator[FastAPI]:
    """The pages with all that they need, and the recorder, inside the block. Without a client operators get in, too."""
    registry = serve_clients(settings.clients_dir, with_tools=True)
    async with (
        backing(process, settings) as (store, bus),
        MediaClient(settings.graph_base_url, settings.graph_version, settings.graph_timeout_seconds) as media,
        Poster(loopback=settings.console_webhooks_to_loopback) as poster,
    ):
        console = Console(settings, store, bus.publisher, registry, Pages(), Passwords(), media, bus.graveyard)
        teller = Teller(store, poster, console.secret)
        async with (
            bus.overhear(ConversationChanged.type, console.hub.hear, missed=console.hub.missed),
            bus.consume(CONSOLE_CHANNEL_REPORTED, Reports(store).handle, prefetch=200, batch=100, ready=store.ping),
            _heart(process, settings, console),
        ):
            sweep_every(process, HEALTH_SECONDS, HealthMetrics(store).sweep, name="health")
            sweep_every(process, WAITING_SECONDS, WaitingMetrics(store).sweep, name="waiting")
            sweep_every(process, WEBHOOK_SECONDS, teller.sweep, name="webhooks")
            sweep_every(process, FORGET_SECONDS, Forgetting(store).sweep, name="forgetting")
            if settings.sends_mail:
                sweep_every(process, MAIL_SECONDS, Post(console, process.stopping).sweep, name="mail")
            process.supervise("live", lambda: console.hub.until(process.stopping))
            yield create_app(console)
            await teller.drain()


@asynccontextmanager
async def _heart(process: Process, settings: ConsoleSettings, console: Console) -> AsyncIterator[None]:
    """Beats inside the block, where somebody is to hear it."""
    if settings.collector_url is None or settings.app_key is None:
        yield
        return
    key = AppKey(settings.app_key.get_secret_value())
    async with CollectorClient(settings.collector_url, key) as collector:
        heart = Heart(settings, console.store, console.graveyard, console.registry, collector)
        sweep_every(process, settings.heartbeat_seconds, heart.sweep, name="heartbeat")
        yield
