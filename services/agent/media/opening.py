"""Opening the files of a turn before the model is asked: side by side, under their own budget, each stored at once.

Whatever goes wrong outside becomes a reason that the model is told: the contact is answered all the same. Only losing
the turn, PostgreSQL, or credit that does not suffice for hearing, ends the work.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import structlog
from pydantic import SecretStr

from remanso.channels.whatsapp.media import File, Missing, NoFile
from remanso.errors import ConfigurationError, LeaseLost, TakenOver, Unavailable
from remanso.model.content import Media
from remanso.model.media import MediaState
from remanso.plugin.behaviour import MinutePrice
from remanso.store.media import Bill, Opened
from services.agent import metrics
from services.agent.assignment import Assignment
from services.agent.commit import count_charge, holding
from services.agent.credit import SPEECH, CreditInUse, CreditSpent, reserve_hearing
from services.agent.media.choice import Choice, Purse, choose, unopened
from services.agent.media.pictures import picture_type
from services.agent.media.senses import Heard, NotHeard, Senses, Sound
from services.agent.media.sound import bare_type, file_name, most_seconds_of, seconds_of
from services.agent.scene import Scene

MOST_AT_ONCE = 4
MEGABYTE = 1_000_000

log = structlog.get_logger()


async def open_media(assignment: Assignment, scene: Scene) -> bool:
    """Opens what this turn's messages brought and is not opened yet. False if there was nothing to do.

    Raises LeaseLost, TakenOver, StoreUnavailable, CreditSpent or CreditInUse; what is stored stays stored.
    """
    waiting = unopened(scene)
    if assignment.senses is None or not waiting:
        return False
    opened = [media for media in scene.media.values() if media.turn_id == scene.turn.id]
    await Opening(assignment, assignment.senses, scene, Purse.of(assignment.client.config, opened)).run(
        waiting, len(opened)
    )
    return True


@dataclass
class Opening:
    """The files of one turn, being opened by one agent."""

    assignment: Assignment
    senses: Senses
    scene: Scene
    purse: Purse
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_AT_ONCE))
    _until: float = 0.0
    _refusal: CreditSpent | CreditInUse | None = None

    async def run(self, waiting: Sequence[tuple[UUID, Media]], before: int) -> None:
        """Opens all of `waiting`; `before` files of this turn were opened earlier."""
        self._until = asyncio.get_running_loop().time() + self.assignment.client.config.media.seconds
        try:
            async with asyncio.TaskGroup() as group:
                for place, (message_id, media) in enumerate(waiting, before):
                    group.create_task(self._open(message_id, media, place))
        except BaseExceptionGroup as problems:
            raise problems.exceptions[0] from None
        if self._refusal is not None:  # only now: those that were being heard beside it are paid for
            raise self._refusal

    async def _open(self, message_id: UUID, media: Media, place: int) -> None:
        began = time.monotonic()
        try:
            opened = await self._opened(media, choose(media, self.assignment.client.config, place), message_id)
        except (CreditSpent, CreditInUse) as refusal:
            self._refusal = refusal
            return
        opened = replace(opened, seconds=time.monotonic() - began)
        await self._store(message_id, media, opened)
        metrics.count_media(self.assignment.client.name, media.kind, opened)

    async def _opened(self, media: Media, choice: Choice, message_id: UUID) -> Opened:
        """What the file gave, or why it gave nothing: whatever happens outside ends here."""
        try:
            async with asyncio.timeout_at(self._until), self._slots:
                return await self._by(choice, media, message_id)
        except TimeoutError:
            return _without(choice, media, Missing.TOO_SLOW)
        except NoFile as problem:
            return _without(choice, media, problem.why)
        except ConfigurationError:
            log.error("media.no_token")
            return _without(choice, media, "no_token")
        except (LeaseLost, TakenOver, Unavailable, CreditSpent):
            raise
        except Exception:  # a file is never worth a turn
            log.exception("media.broke")
            return _without(choice, media, "broke")

    async def _by(self, choice: Choice, media: Media, message_id: UUID) -> Opened:
        match choice:
            case Choice.HEAR:
                return await self._hear(media, message_id)
            case Choice.LOOK:
                return await self._look(media)
            case Choice.ASK_SIZE:
                return await self._ask_size(media)
            case Choice.NAME:
                return Opened(MediaState.NAMED, mime_type=media.mime_type)
            case Choice.TOO_MANY | Choice.FORMAT:
                return _without(choice, media, choice)

    async def _hear(self, media: Media, message_id: UUID) -> Opened:
        limits = self.assignment.client.config.media
        file = await self._fetch(media, limits.audio_megabytes)
        told = Opened(MediaState.HEARD, None, file.mime_type or media.mime_type, len(file.content), file.sha256)
        length = seconds_of(file.content)
        if not self.purse.take(length):
            return replace(told, state=MediaState.FAILED, reason="too_long")
        await reserve_hearing(self.assignment, message_id, _dollars(limits.price, most_seconds_of(file.content)))
        try:
            heard = await self.senses.transcriber.hear(self._sound(media, file, message_id))
        except NotHeard as problem:
            return replace(told, state=MediaState.FAILED, reason=problem.reason)
        return replace(told, transcript=heard.text, bill=bill(heard, limits.price, length))

    def _sound(self, media: Media, file: File, message_id: UUID) -> Sound:
        config = self.assignment.client.config
        return Sound(
            content=file.content,
            name=file_name(media.mime_type) or "",
            mime_type=bare_type(media.mime_type),
            languages=(config.language, *(other for other in config.texts if other != config.language)),
            keywords=config.media.keywords,
            label=f"{message_id}/{self.assignment.turn.attempt}",
        )

    async def _look(self, media: Media) -> Opened:
        file = await self._fetch(media, self.assignment.client.config.media.image_megabytes)
        kind = picture_type(file.content)
        told = Opened(MediaState.SEEN, mime_type=kind, size=len(file.content), sha256=file.sha256)
        if kind is None:
            return replace(told, state=MediaState.FAILED, reason=Choice.FORMAT, mime_type=file.mime_type)
        return replace(told, content=file.content)

    async def _ask_size(self, media: Media) -> Opened:
        about = await self.senses.files.about(*self._at(media), seconds=self._left())
        return Opened(MediaState.NAMED, None, about.mime_type or media.mime_type, about.size, about.sha256)

    def _at(self, media: Media) -> tuple[str, SecretStr, str]:
        """Where the file lies. Raises ConfigurationError where the client's token is not set for this agent."""
        return self.scene.conversation.channel, self.assignment.client.secret("access_token"), media.media_id

    async def _fetch(self, media: Media, megabytes: float) -> File:
        largest = int(megabytes * MEGABYTE)
        return await self.senses.files.fetch(
            *self._at(media), largest=largest, seconds=self._left(), promised=media.sha256
        )

    def _left(self) -> float:
        return max(0.0, self._until - asyncio.get_running_loop().time())

    async def _store(self, message_id: UUID, media: Media, opened: Opened) -> None:
        keep = timedelta(days=self.assignment.client.config.media.keep_days)
        async with holding(self.assignment) as held:
            await held.tx.media.add(held.turn, message_id, media.media_id, media.kind, opened, keep)
            if opened.bill is None:
                await held.tx.credit.release(held.turn, "not heard", hearing=message_id)
                return
            charged = await held.tx.credit.settle(held.turn, opened.bill.cost_usd, hearing=message_id)
        count_charge(self.assignment, SPEECH, charged)


def bill(heard: Heard, price: MinutePrice | None, measured: float) -> Bill:
    """By the seconds that were billed, else (a provider that counts tokens) by those that were measured."""
    seconds = measured if heard.seconds is None else heard.seconds
    return Bill(
        model=heard.model,
        request_id=heard.request_id,
        audio_seconds=seconds,
        input_tokens=heard.input_tokens,
        output_tokens=heard.output_tokens,
        cost_usd=_dollars(price, seconds) if price else None,
        price_valid_from=price.valid_from if price else None,
    )


def _dollars(price: MinutePrice | None, seconds: float) -> Decimal:
    return Decimal(str(seconds)) * price.per_minute / 60 if price else Decimal(0)


def _without(choice: Choice, media: Media, reason: str) -> Opened:
    """A file that was not had. One that nobody would have looked into is named all the same."""
    named = choice in (Choice.ASK_SIZE, Choice.NAME)
    return Opened(MediaState.NAMED if named else MediaState.FAILED, reason=reason, mime_type=media.mime_type)
