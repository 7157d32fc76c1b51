"""What an answer or a receipt of Meta's means for others than its own part: who is slowed down, who is parked."""

import time
from datetime import timedelta

import structlog

from remanso.channels.whatsapp.errors import RefusalKind, Scope
from remanso.channels.whatsapp.outcome import Refused
from remanso.channels.whatsapp.usage import Load, Usage
from remanso.plugin.config import ClientConfig
from remanso.store import Transaction
from remanso.store.conversations import Conversation
from remanso.store.deliveries import Delivery
from services.sender.scopes import channels_of, keys_of

THROUGHPUT_REACHED = 130429
THROUGHPUT_PAUSE = timedelta(seconds=0.5)
MAINTENANCE_PAUSE = timedelta(minutes=1)
"""A number's: a throughput upgrade takes up to a minute (Meta docs, 2026)."""
CALLS_PAUSE = timedelta(seconds=5)
"""An account's or an app's that has made too many calls; the usage headers know it better."""
LONGEST_PAUSE = timedelta(minutes=5)
CALM = timedelta(minutes=2)
"""Without a refusal for so long, the next one is the first again."""
USAGE_LASTS = timedelta(seconds=60)
USAGE_SECONDS = 10.0
"""How often one process writes the same load down."""

log = structlog.get_logger()


class Aftermath:
    def __init__(self) -> None:
        self._told: dict[str, tuple[float, float]] = {}

    async def of_refusal(
        self,
        tx: Transaction,
        refusal: Refused,
        about: tuple[Delivery, Conversation, ClientConfig],
        *,
        wait: timedelta = timedelta(),
        by_receipt: bool = False,
    ) -> None:
        """Slows down or parks whom `refusal` is about. `wait` is what the part itself waits."""
        delivery, conversation, client = about
        if refusal.scope is Scope.NOTHING or refusal.kind is RefusalKind.PERMANENT:
            return
        key = keys_of(delivery.payload, conversation, client)[refusal.scope]
        if refusal.kind is RefusalKind.RETRY:
            await self._slow(tx, refusal.scope, key, conversation, refusal.code, wait)
            return
        scope = Scope(key.partition(":")[0])
        new = await tx.parkings.park(
            scope,
            key,
            client=client.name,
            channels=channels_of(scope, conversation, client),
            code=refusal.code,
            detail=refusal.detail,
            by_receipt=by_receipt,
        )
        if new:
            told = {"scope": scope.value, "client": client.name, "channel": conversation.channel}
            log.error("sending.parked", code=refusal.code, detail=refusal.detail, **told)

    async def _slow(
        self, tx: Transaction, scope: Scope, key: str, conversation: Conversation, code: int | None, wait: timedelta
    ) -> None:
        match scope:
            case Scope.CONTACT:
                await tx.conversations.slow_pair(conversation.id, wait)
            case Scope.NUMBER if code == THROUGHPUT_REACHED:
                await tx.paces.strike(key, THROUGHPUT_PAUSE, LONGEST_PAUSE, CALM)
            case Scope.NUMBER:
                await tx.paces.strike(key, MAINTENANCE_PAUSE, LONGEST_PAUSE, CALM)
            case Scope.ACCOUNT | Scope.APP:
                await tx.paces.strike(key, CALLS_PAUSE, LONGEST_PAUSE, CALM)
            case _:
                pass

    async def of_usage(self, tx: Transaction, usage: Usage, conversation: Conversation, client: ClientConfig) -> None:
        """Slows down what is nearly used up, before Meta refuses it."""
        keys = keys_of({}, conversation, client)
        for scope, load in ((Scope.ACCOUNT, usage.account), (Scope.APP, usage.app)):
            if (load.factor > 1 or load.regain) and self._is_news(keys[scope], load):
                log.warning("sending.slowed", scope=scope, client=client.name, percent=round(load.percent))
                lasts = max(USAGE_LASTS, load.regain + USAGE_LASTS)
                await tx.paces.slow(keys[scope], load.factor, lasts, load.regain)

    def _is_news(self, key: str, load: Load) -> bool:
        now = time.monotonic()
        factor, until = self._told.get(key, (0.0, 0.0))
        news = bool(load.regain) or now > until or abs(load.factor - factor) > 0.5
        if news:
            self._told[key] = (load.factor, now + USAGE_SECONDS)
        return news
