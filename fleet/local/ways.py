"""Several ways to the same thing, tried in order; each that fails says why."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypeVar

from remanso.errors import ConfigurationError, RemansoError

Tell = Callable[[str], None]
"""Takes one line for the person at the terminal."""

T = TypeVar("T")
Ways = Mapping[str, Callable[[], AbstractAsyncContextManager[T]]]

DEFAULT_ORDER = ("docker", "private")


class WayUnavailable(RemansoError):
    """This way does not lead there on this machine. The text says why; the next way is tried."""


class NoWay(RemansoError):
    """No way led there. The text says what was tried and what would help."""


def order_of_ways(text: str | None = None) -> tuple[str, ...]:
    """The order in which ways are tried: REMANSO_LOCAL_WAYS, for example `private` or `private,docker`.

    Raises ConfigurationError for a way there is not.
    """
    text = os.environ.get("REMANSO_LOCAL_WAYS", "") if text is None else text
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if unknown := set(names) - set(DEFAULT_ORDER):
        raise ConfigurationError(
            f"REMANSO_LOCAL_WAYS names {', '.join(sorted(unknown))}; there are {', '.join(DEFAULT_ORDER)}"
        )
    return names or DEFAULT_ORDER


@asynccontextmanager
async def first_way(what: str, ways: Ways[T], order: tuple[str, ...], tell: Tell, advice: str) -> AsyncIterator[T]:
    """Open the first of `ways` that leads to `what`. Raises NoWay, ending with `advice`, when none does."""
    reasons = []
    async with AsyncExitStack() as stack:
        for name in order:
            try:
                found = await stack.enter_async_context(ways[name]())
            except WayUnavailable as reason:
                reasons.append(f"{name}: {reason}")
                tell(f"{what}: not by way of {name}: {reason}")
                continue
            yield found
            return
    raise NoWay(f"no {what} to be had ({'; '.join(reasons)}). {advice}")


async def wait_until(answers: Callable[[], Awaitable[bool]], *, within: float, otherwise: str) -> None:
    """Ask again and again until the answer is yes. Raises WayUnavailable(otherwise) after `within` seconds of no."""
    try:
        async with asyncio.timeout(within):
            while not await answers():  # noqa: ASYNC110  (the answer is another process's: no event to wait for)
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise WayUnavailable(otherwise) from None
