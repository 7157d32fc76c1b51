"""The whole simulator as one object: the stand-ins and what they share. Nothing of it lives in a module."""

from typing import Self

from services.simulator.contacts.business_app import BusinessApp
from services.simulator.contacts.handsets import Handsets
from services.simulator.contacts.raw_webhooks import RawPost
from services.simulator.events import EventStream
from services.simulator.graph.management import Management
from services.simulator.graph.news import News
from services.simulator.graph.standin import GraphStandIn
from services.simulator.openai.api import OpenAIStandIn
from services.simulator.settings import SimulatorSettings
from services.simulator.webhooks.delivery import WebhookPost
from services.simulator.webhooks.handshake import Handshake


class Simulator:
    """Use as an async context manager: leaving it gives up webhooks and receipts still on their way."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.events = EventStream()
        self.post = WebhookPost(
            str(settings.simulator_webhook_url), settings.simulator_app_secret.get_secret_value(), self.events
        )
        self.handshake = Handshake(self.post, settings.simulator_verify_token.get_secret_value())
        self.graph = GraphStandIn(
            settings.simulator_numbers,
            settings.simulator_access_token.get_secret_value(),
            self.post,
            self.events,
        )
        self.management = Management(
            self.graph, settings.simulator_app_id, settings.simulator_app_secret.get_secret_value()
        )
        key = settings.simulator_openai_key
        self.openai = OpenAIStandIn(key.get_secret_value() if key else None)
        self.handsets = Handsets(self.graph, self.post, self.events)
        self.business_app = BusinessApp(self.handsets, self.post)
        self.news = News(self.graph, self.post)
        self.raw_post = RawPost(self.graph, self.handsets, self.post)

    async def __aenter__(self) -> Self:
        await self.post.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.reset()
        self.events.close()
        await self.post.__aexit__()

    def reset(self) -> None:
        """Forget records, scripts and faults; give up what is still on its way."""
        for part in (self.handsets, self.graph, self.management, self.openai, self.post):
            part.reset()
        self.events.tell("reset", None)
