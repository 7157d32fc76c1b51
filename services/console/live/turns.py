"""What scripts draw again when they hear of a change: all open pages ask at the same moment, and are served in turn.

Each would take a connection to PostgreSQL for itself, those that come too late would wait for one in vain, and nobody
else would find one. So some are drawn at a time, and the others wait here, for as long as it takes.
"""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Request

from services.console.console import console_of


async def _in_turn(request: Request) -> AsyncIterator[None]:
    async with console_of(request).redraws:
        yield


Redraw = Annotated[None, Depends(_in_turn, scope="function")]
"""Stands first in a route's signature: whoever waits has not even looked up who asks."""
