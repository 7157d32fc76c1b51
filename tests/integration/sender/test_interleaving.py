"""Two senders and a receipt at one conversation, moved on statement by statement, while a person may take over.

Whoever stands between whichever two statements of the others, or dies there: Meta takes each part once and in order,
and after a take-over has committed none of the bot's parts starts.
"""

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy import text

from remanso.channels.whatsapp.client import GraphClient
from remanso.model.delivery import UNSETTLED
from remanso.store import Store
from services.sender.drain import Drain
from services.sender.receipts import Receipts
from services.sender.settings import SenderSettings
from tests.support.clock import let_pass
from tests.support.graph_receiver import GraphReceiver, graph_receiver
from tests.support.machine import StoreMachine, play
from tests.support.scene import a_conversation, deliveries, queue, take_over
from tests.support.school import registry
from tests.support.senders import receipt
from tests.support.stepping import Worker, lost_hints

SETTINGS = SenderSettings.model_validate({"amqp_url": "amqp://nobody", "database_url": "postgresql://nobody"})
SENDERS = ("one sender", "other sender")
ALL = (*SENDERS, "person", "receipts", "queue")
MOST_STATEMENTS = 20
TEXTS = ["uno", "dos", "tres"]
HEARD = text("UPDATE conversations SET last_inbound_at = now()")


class TwoSenders(StoreMachine):
    @initialize(person=st.booleans())
    def begin(self, person: bool) -> None:
        self.person_may_come = person
        self.opened = AsyncExitStack()
        self.workers: dict[str, Worker] = {}
        self.may_go: set[str] | None = None
        """Of what was composed before a take-over: what had begun to go out when it was committed."""
        self.do(self._open())

    async def _open(self) -> None:
        self.graph: GraphReceiver = await self.opened.enter_async_context(graph_receiver())
        client = GraphClient(self.graph.url, "v25.0", SETTINGS.graph_timeout_seconds)
        self.client = await self.opened.enter_async_context(client)
        self.conversation_id = (await a_conversation(self.store)).id
        await queue(self.store, self.conversation_id, *TEXTS[:2])

    def works(self, name: str) -> bool:
        return name in self.workers and self.workers[name].works

    def starts(self, name: str, work: Callable[[Store], Awaitable[object]]) -> None:
        async def start() -> Worker:
            return Worker(self.store, work)

        if not self.works(name):
            self.workers[name] = self.do(start())

    async def _drain(self, store: Store) -> None:
        await Drain(store, lost_hints(), registry(), self.client, SETTINGS).run(self.conversation_id)

    # What a rule draws never hangs on who is where: that is up to PostgreSQL as well. What cannot be is passed over.

    @rule(name=st.sampled_from(SENDERS), statements=st.integers(1, MOST_STATEMENTS))
    def a_sender_goes_on(self, name: str, statements: int) -> None:
        self.starts(name, self._drain)
        self.do(self._goes_on(name, statements))

    @rule(name=st.sampled_from(ALL), statements=st.integers(1, 5))
    def somebody_goes_on(self, name: str, statements: int) -> None:
        self.do(self._goes_on(name, statements))

    async def _goes_on(self, name: str, statements: int) -> None:
        for _ in range(statements if self.works(name) else 0):
            await self.workers[name].step()

    @rule(name=st.sampled_from(SENDERS))
    def a_sender_dies(self, name: str) -> None:
        if self.works(name):
            self.do(self.workers[name].dies())

    @rule()
    def one_more_part(self) -> None:
        if "queue" not in self.workers:
            self.starts("queue", lambda store: queue(store, self.conversation_id, TEXTS[2]))

    @rule()
    def a_receipt_comes(self) -> None:
        """Of the newest part that Meta took."""
        posts = self.graph.posts
        if posts:
            told = receipt(posts[-1].callback, posts[-1].wamid)
            self.starts(
                "receipts", lambda store: Receipts(store, lost_hints(), self._ignore, registry()).handle([told])
            )

    @rule()
    def a_person_takes_over(self) -> None:
        if self.person_may_come and "person" not in self.workers:
            self.starts("person", self._take_over)

    async def _take_over(self, store: Store) -> None:
        await take_over(store, self.conversation_id)
        sending = [d for d in await deliveries(self.store, self.conversation_id) if d.state == "sending"]
        self.may_go = {post.callback for post in self.graph.posts} | {str(delivery.id) for delivery in sending}

    def teardown(self) -> None:
        if not hasattr(self, "conversation_id"):
            return
        try:
            self.do(self._judge())
        finally:
            self.do(self.opened.aclose())

    async def _judge(self) -> None:
        while working := [worker for worker in self.workers.values() if worker.works]:
            for worker in working:
                await worker.step()
        for _ in range(12):  # everybody who died is found dead; receipts tell of what went out
            for post in self.graph.posts:
                await Receipts(self.store, lost_hints(), self._ignore, registry()).handle(
                    [receipt(post.callback, post.wamid)]
                )
            await let_pass(self.store, 400)
            await self._hear()
            await self._drain(self.store)
        found = await deliveries(self.store, self.conversation_id)
        assert not [d for d in found if d.state in UNSETTLED]
        assert self.graph.texts == [text for text in TEXTS if text in self.graph.texts], "in order, each once"
        outdated = {str(delivery.id) for delivery in found if delivery.epoch == 0}
        if self.may_go is None:
            assert len(self.graph.posts) == len(found)
        else:
            assert {post.callback for post in self.graph.posts} & outdated <= self.may_go

    def _receipts(self, store: Store) -> Receipts:
        return Receipts(store, lost_hints(), self._ignore, registry())

    def _ignore(self, _conversation: object) -> None: ...

    async def _hear(self) -> None:
        """The contact wrote a moment ago: the window is open."""
        async with self.store.transaction() as tx:
            await tx.connection.execute(HEARD)


def test_each_part_once_and_in_order_however_two_senders_meet(database_url: str) -> None:
    play(TwoSenders, database_url, examples=40, steps=20)
