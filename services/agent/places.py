"""Who may work in the slots of an agent: each client in its share of them, so that none can take them all."""

import math
from collections import Counter
from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

from remanso.plugin.registry import Client
from remanso.runtime.slots import Slots


def share(client: Client, slots: int, *, alone: bool) -> int:
    """How many of an agent's slots a client may take: what its client.toml says, else half, or all when it is alone."""
    wanted = client.config.limits.turns_at_once or (slots if alone else math.ceil(slots / 2))
    return min(wanted, slots)


class Places:
    """Slots in which at most so many turns of each client are worked on, or wait for their slot, at a time.

    A turn of a client that is not known here needs no share: it is put down again at once.
    """

    def __init__(self, slots: Slots, clients: Collection[Client]) -> None:
        self._slots = slots
        self._shares = {client.name: share(client, slots.size, alone=len(clients) == 1) for client in clients}
        self._taken: Counter[str] = Counter()

    @property
    def free(self) -> int:
        return self._slots.free

    def room(self) -> dict[str, int]:
        """How many more turns each client may have here now, for those that may have any."""
        left = {name: share - self._taken[name] for name, share in self._shares.items()}
        return {name: room for name, room in left.items() if room > 0}

    async def start(self, turn_id: UUID, client: str, work: Callable[[], Awaitable[object]]) -> bool:
        """Waits for a slot and starts; False at once where the client has no place left, or the turn has a slot."""
        if self._taken[client] >= self._shares.get(client, math.inf):
            return False
        self._taken[client] += 1
        started = False

        async def leave_afterwards() -> None:
            try:
                await work()
            finally:
                self._taken[client] -= 1

        try:
            started = await self._slots.start(str(turn_id), leave_afterwards)
        finally:
            if not started:
                self._taken[client] -= 1
        return started
