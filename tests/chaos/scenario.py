"""What happens in a wave: seventeen new contacts, each with a part that goes wrong in its own way, all at once.

Every text of a part bears the part's mark, so that one that went astray can be told. What the model says depends on
the conversation alone, as a model's reply does: asked again after a crash, it says the same.
"""

import asyncio
import random
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import text
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt

from remanso.errors import StoreUnavailable
from remanso.store.conversations import Conversation
from services.simulator.graph.samples import samples
from tests.chaos.world import SLOWNESS, World
from tests.support.play import EMPRENDEMY, SHOP
from tests.support.waiting import eventually
from tests.support.whatsapp import ACCOUNT, webhook

TAKEOVER = timedelta(seconds=3)


@dataclass
class Part:
    """One contact's part in a wave. What it did is noted for the evidence."""

    world: World
    wave: int
    place: int
    chance: random.Random
    channel: str = SHOP
    wamids: list[str] = field(default_factory=list)
    echoes: list[str] = field(default_factory=list)
    """Of what a person said on the business's own phone: a part that Meta took from somebody else."""
    taken_over_at: float | None = None
    reports: bool = False
    unattended: bool = False
    """The bot asks for a person, and nobody comes."""
    joined: bool = False
    """Its messages come under two names, that turn out to be one person's."""

    @property
    def mark(self) -> str:
        return f"m{self.wave}p{self.place}e"

    @property
    def wa_id(self) -> str:
        return f"54911{self.wave:05}{self.place:03}"

    @property
    def client(self) -> str:
        return "shop" if self.channel == SHOP else "emprendemy"

    async def write(self, *said: str | dict[str, Any], **how: Any) -> None:
        """Send, and wait until every webhook got its 200."""
        messages = [{"type": "text", "text": f"{one} {self.mark}"} if isinstance(one, str) else one for one in said]
        body = {"messages": messages, "phone_number_id": self.channel, "profile_name": f"Ana {self.mark}", **how}
        answer = await self.world.control("POST", f"contacts/{self.wa_id}/send", body)
        self.wamids.extend(answer["wamids"])

    async def model_says(
        self, text: str, results: int = 0, *calls: dict[str, Any], latency: float = 0.0, seen: str = ""
    ) -> None:
        """What the model says whenever this part's turn holds so many tool results, and the contact's words `seen`."""
        order = {
            "text": f"{text} {self.mark}",
            "tool_calls": list(calls),
            "when": {"user_contains": seen or self.mark, "results": results},
            "times": None,
            "latency": latency,
        }
        await self.world.script(order)

    async def voice_note(self, said: str) -> dict[str, str]:
        """A message with a recording of these words, whoever listens to it."""
        recording = samples()["audio"][1] + f"{said} {self.mark}".encode()
        heard = {"text": f"{said} {self.mark}", "sha256": sha256(recording).hexdigest(), "times": None}
        await self.world.control("POST", "openai/transcripts", {"transcripts": [heard]})
        return {"type": "audio", "data": b64encode(recording).decode()}

    async def graph_fails(self, **fault: Any) -> None:
        await self.world.control("POST", "graph/faults", {"faults": [{"to": self.wa_id, "times": 1, **fault}]})

    async def until_sealed(self) -> None:
        """Until there is a turn; not for ever, since whoever seals may be dead."""
        await self._until_there(
            "SELECT 1 FROM turns t JOIN conversations c ON c.id = conversation_id WHERE reply_wa_id = :it", self.wa_id
        )

    async def _until_there(self, query: str, it: str) -> None:
        """By a query of its own: the tables may be those of an older release."""

        async def there() -> bool:
            async with self.world.store.transaction() as tx:
                return (await tx.connection.execute(text(query), {"it": it})).first() is not None

        await eventually(there, within=60 * SLOWNESS)

    async def answer_from_app(self, said: str) -> None:
        """A person answers on the business's own phone: a take-over from when that is stored."""
        echo = {"text": f"{said} {self.mark}", "phone_number_id": self.channel, "repeat": 2}
        wamid = (await self.world.control("POST", f"contacts/{self.wa_id}/echo", echo))["wamid"]
        await self._until_there("SELECT 1 FROM messages WHERE wamid = :it", wamid)
        self.taken_over_at = time.time()
        self.wamids.append(wamid)
        self.echoes.append(wamid)

    async def write_without_user_id(self, said: str) -> None:
        """As those write whom Meta does not name by a user id yet."""
        body = {"body": f"{said} {self.mark}"}
        wamid = f"wamid.{self.mark}"
        message = {"from": self.wa_id, "id": wamid, "timestamp": str(int(time.time())), "type": "text", "text": body}
        profile = {"profile": {"name": f"Ana {self.mark}"}, "wa_id": self.wa_id}
        order = {"webhooks": [webhook(message, channel=self.channel, contacts=[profile])], "retry": True}
        await self.world.control("POST", "webhooks", order)
        self.wamids.append(wamid)

    async def take_over(self) -> None:
        """A person takes the conversation, as in the console, and clicks again where somebody asleep holds its row."""
        async for attempt in AsyncRetrying(
            retry=retry_if_exception_type(StoreUnavailable), stop=stop_after_attempt(5), reraise=True
        ):
            with attempt:
                await self._take_over()
        self.taken_over_at = time.time()

    async def _take_over(self) -> None:
        """Mode and open turn in one transaction."""
        async with self.world.store.transaction() as tx:
            conversation = await self._conversation(await tx.conversations.of_client(self.client))
            await tx.conversations.lock(conversation.id)
            await tx.takeovers.take_over(conversation.id, TAKEOVER)
            await tx.turns.cancel_open(conversation.id, "a person took over")

    async def until_handed_off(self) -> None:
        """Until the bot has asked for a person, who has little time."""
        query = "SELECT 1 FROM conversations WHERE reply_wa_id = :it AND mode = 'human' AND handoff_reason IS NOT NULL"
        await self._until_there(query, self.wa_id)
        self.unattended = True

    async def _conversation(self, all_of_client: Sequence[Conversation]) -> Conversation:
        return next(c for c in all_of_client if c.reply_wa_id == self.wa_id)


def call(name: str, **arguments: str) -> dict[str, Any]:
    return {"name": name, "arguments": arguments}


async def books(part: Part) -> None:
    """A write tool, with a text beside the call."""
    await part.model_says("Te reservo un lugar…", 0, call("book_seat", workshop=part.mark))
    await part.model_says("Listo, reservado.", 1)
    await part.write("Hola", "reservame un lugar")


async def books_two_and_reads(part: Part) -> None:
    """A read and two writes in one step, then a text."""
    seats = [call("book_seat", workshop=f"{part.mark} {day}") for day in ("lunes", "martes")]
    await part.model_says("Los reservo…", 0, call("count_seats", workshop=part.mark), *seats)
    await part.model_says("Reservé lunes y martes.", 3)
    await part.write("reservame lunes y martes")


async def reads(part: Part) -> None:
    """Two reads side by side, one of which speaks for itself."""
    calls = [call("count_seats", workshop=part.mark), call("describe", workshop=part.mark)]
    await part.model_says("Miro las dos cosas…", 0, *calls)
    await part.model_says("Quedan 7 lugares.", 2)
    await part.write("Contame del taller", "¿quedan lugares?")


async def asks(part: Part) -> None:
    """A burst of three, answered by rules with the courses' tools."""
    part.channel = EMPRENDEMY
    await part.write("¡Hola!", "Me llamo Ana", "¿qué cursos de marketing tienen?")


async def shows_where(part: Part) -> None:
    """A location, and later a reaction to the answer with a text behind it."""
    part.channel = EMPRENDEMY
    await part.write({"type": "location", "latitude": -34.6, "longitude": -58.4, "name": "Obelisco"}, "estoy acá")
    await part.until_sealed()
    await part.write({"type": "reaction", "emoji": "👍", "to": part.wamids[0]}, "gracias", batch=True)


async def speaks(part: Part) -> None:
    """Two voice notes at once, each to be heard and paid for, and a write tool behind them."""
    await part.model_says("Te reservo un lugar…", 0, call("book_seat", workshop=part.mark))
    await part.model_says("Listo, reservado.", 1)
    await part.write(await part.voice_note("hola"), await part.voice_note("reservame un lugar"))


async def shows_pictures(part: Part) -> None:
    """Two pictures that the model is shown, the second with words below it."""
    await part.model_says("Las miro…", 0, call("count_seats", workshop=part.mark))
    await part.model_says("Vi las dos.", 1)
    await part.write({"type": "image"}, {"type": "image", "caption": f"¿ven? {part.mark}"})


async def storms(part: Part) -> None:
    """Five messages, each webhook three times and all of them in any order."""
    await part.model_says("Leí los cinco.")
    texts = [f"mensaje {number}" for number in range(5)]
    began = int(time.time()) - len(texts)
    await part.write(*texts, repeat=3, shuffle=True, spread=True, sent_at=began, seed=part.chance.randrange(10**6))


async def interrupts(part: Part) -> None:
    """One more message while the model thinks: absorbed."""
    await part.model_says("Leí todo.", latency=0.5)
    await part.write("una cosa")
    await part.until_sealed()
    await part.write("y otra más")


async def is_taken_over(part: Part) -> None:
    """A person takes over while the bot works; the contact goes on writing; later the bot has it again."""
    await part.model_says("Te reservo…", 0, call("book_seat", workshop=part.mark), latency=part.chance.choice((0, 0.3)))
    await part.model_says("Listo.", 1)
    await part.write("reservame ya")
    await part.until_sealed()
    await asyncio.sleep(part.chance.uniform(0, 0.4))  # somewhere in the middle of it
    await part.take_over()
    await part.write("¿hay una persona?")


async def waits_for_nobody(part: Part) -> None:
    """The bot asks for a person, the contact goes on writing, and nobody comes: the bot has it again, and answers."""
    part.channel = EMPRENDEMY
    reason = {"reason": "pide una persona", "summary": f"quiere hablar {part.mark}"}
    await part.model_says("Aviso al equipo…", 0, call("ask_for_person", **reason), seen=f"persona {part.mark}")
    await part.model_says("Te va a escribir alguien.", 1, seen=f"persona {part.mark}")
    await part.model_says("Todavía no pudo atenderte nadie. ¿En qué te ayudo?", seen=f"alguien {part.mark}")
    await part.write("quiero una persona")
    await part.until_handed_off()
    await part.write("¿hay alguien")
    await asyncio.sleep(part.chance.uniform(0, 2 * TAKEOVER.total_seconds()))  # before, when or after the time is over
    await part.write("sigo acá, ¿alguien")


async def is_answered_from_the_app(part: Part) -> None:
    """A person answers from the business's own phone while the bot works, and the contact goes on writing."""
    await part.model_says("Te reservo…", 0, call("book_seat", workshop=part.mark), latency=part.chance.choice((0, 0.3)))
    await part.model_says("Listo.", 1)
    await part.write("reservame ya")
    await part.until_sealed()
    await asyncio.sleep(part.chance.uniform(0, 0.4))  # somewhere in the middle of it
    await part.answer_from_app("Te atiendo yo.")
    await part.write("gracias, ¿hay lugar?")


async def has_two_names(part: Part) -> None:
    """One person writes by number, then by user id alone; a message under both joins them, whatever is under way."""
    part.joined = True
    await part.model_says("Te leí.", 0, call("count_seats", workshop=part.mark))
    await part.model_says("Quedan 7.", 1)
    await part.write_without_user_id("hola")
    await asyncio.sleep(part.chance.uniform(0, 0.6))
    await part.write("¿quedan lugares?", hide_phone=True)
    await asyncio.sleep(part.chance.uniform(0, 1.2))  # while nothing, one or both of them are answered
    await part.write("¿y mañana?")


async def is_sent_into_silence(part: Part) -> None:
    """Graph takes a part and never says so."""
    await part.graph_fails(kind="timeout_after")
    await part.model_says("Un momento…", 0, call("describe", workshop=part.mark))
    await part.model_says("Eso es todo.", 1)
    await part.write("describime el taller")


async def is_refused(part: Part) -> None:
    """Graph refuses in passing, for reasons of its own or of the pair's pace."""
    await part.graph_fails(**part.chance.choice(({"kind": "http", "http": 503}, {"kind": "code", "code": 131056})))
    await part.model_says("Acá estoy.")
    await part.write("¿están?")


async def is_cut_off(part: Part) -> None:
    """The connection to Graph breaks, before or after the part was taken."""
    await part.graph_fails(kind=part.chance.choice(("reset_before", "reset_after")))
    await part.model_says("Primero esto.", 0, call("count_seats", workshop=part.mark))
    await part.model_says("Y después esto.", 1)
    await part.write("contame")


async def reports(part: Part) -> None:
    """Meta tells about things nobody knows, and of a message to a number that is nobody's."""
    part.reports = True
    change = {"field": "something_new", "value": {"mark": part.mark}}
    unknown = {"object": "whatsapp_business_account", "entry": [{"id": ACCOUNT, "changes": [change]}]}
    stray = {"from": part.wa_id, "id": f"wamid.{part.mark}", "timestamp": "1790000000", "type": "text",
             "text": {"body": part.mark}}  # fmt: skip
    order = {"webhooks": [unknown, webhook(stray, channel="899999999999999")], "retry": True, "repeat": 2}
    await part.world.control("POST", "webhooks", order)


PARTS: tuple[Callable[[Part], Awaitable[None]], ...] = (
    books,
    books_two_and_reads,
    reads,
    asks,
    shows_where,
    speaks,
    shows_pictures,
    storms,
    interrupts,
    is_taken_over,
    waits_for_nobody,
    is_answered_from_the_app,
    has_two_names,
    is_sent_into_silence,
    is_refused,
    is_cut_off,
    reports,
)


async def play(world: World, wave: int, seed: str) -> list[Part]:
    """All parts side by side, in any order, a few tenths apart, until each has got its 200s."""
    chance = random.Random(seed)
    parts = [Part(world, wave, place, random.Random(f"{seed}/{place}")) for place in range(len(PARTS))]
    await _trouble(world, chance)

    async def perform(part: Part, act: Callable[[Part], Awaitable[None]], after: float) -> None:
        await asyncio.sleep(after)
        await act(part)

    acts = [perform(part, act, chance.uniform(0, 0.8)) for part, act in zip(parts, PARTS, strict=True)]
    await asyncio.gather(*acts)
    return parts


async def _trouble(world: World, chance: random.Random) -> None:
    """OpenAI fails a few times, whoever asks; receipts come in any order, in some waves late, in some twice."""
    faults = [
        {"kind": "outage", "times": chance.randint(1, 3), "on": "answers"},
        {"kind": "rate_limit", "retry_after": 0.2, "times": 1, "on": "answers"},
        {"kind": chance.choice(("broken_json", "choices_null", "down", "html502")), "times": 1, "on": "answers"},
        {"kind": "outage", "times": 1, "on": "transcriptions"},  # one more, and a voice note would stay unheard
    ]
    await world.control("POST", "openai/faults", {"faults": faults})
    delay = chance.choice((0.05, 0.05, 1.2 * SLOWNESS))  # the last is later than a call to Graph may take
    await world.steer_receipts(delay=delay, order="shuffled", repeat=chance.randint(1, 2), seed=chance.randrange(10**6))
