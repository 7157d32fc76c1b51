"""What every page of the console needs, opened once in each process."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Request

from remanso.bus.graveyard import Graveyard
from remanso.bus.publisher import Publisher
from remanso.channels.whatsapp.media import MediaClient
from remanso.plugin.registry import Registry
from remanso.store import Store
from services.console.live.hub import Hub
from services.console.pages.pages import Pages
from services.console.secrets.passwords import Passwords
from services.console.secrets.second_factor import SecondFactors
from services.console.settings import ConsoleSettings

REDRAWS = 5
"""Fewer than the smallest pool has connections."""


@dataclass(frozen=True)
class Console:
    settings: ConsoleSettings
    store: Store
    publisher: Publisher
    registry: Registry
    pages: Pages
    passwords: Passwords
    media: MediaClient
    graveyard: Graveyard
    hub: Hub = field(default_factory=Hub)
    redraws: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(REDRAWS))
    """Places for what is drawn again (`live/turns.py`)."""

    @property
    def clients(self) -> Mapping[str, str]:
        """{name: title} of the clients this console knows."""
        return {name: client.config.title for name, client in self.registry.clients.items()}

    @property
    def secret(self) -> str:
        return self.settings.console_secret.get_secret_value()

    @property
    def second_factors(self) -> SecondFactors:
        return SecondFactors(self.secret)

    def link(self, path: str) -> str:
        """An address to give to somebody."""
        return f"{self.settings.console_url}{path}"


def console_of(request: Request) -> Console:
    found: Console = request.app.state.console
    return found
