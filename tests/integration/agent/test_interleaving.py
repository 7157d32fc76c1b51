"""Two agents at one turn, moved on statement by statement, while the contact writes and a person may take over.

Whoever stands between whichever two statements of the others, dies there, or wakes after its lease has run out: what
comes out is one turn, answered once.
"""

from collections import Counter
from collections.abc import Awaitable, Callable

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule
from sqlalchemy import text

from remanso.model.turn import TurnState
from remanso.store import Store
from remanso.store.turns import Turn
from services.agent.asking import ModelReply, ModelRequest
from tests.support import school
from tests.support.agents import Bench, Crash, Runs, ScriptedModel, made_up_client, reply, results_in
from tests.support.machine import StoreMachine, play
from tests.support.stepping import Worker, lost_hints

AGENTS = ("one agent", "other agent")
ALL = (*AGENTS, "contact", "person")
STEPS = text("SELECT number, attempt FROM steps WHERE turn_id = :turn ORDER BY number")
MOST_STATEMENTS = 60
"""A turn takes fewer."""
FIRST, LAST = "Cobro y te confirmo…", "Listo, pagado."


def says(request: ModelRequest) -> ModelReply:
    return reply(LAST) if results_in(request) else reply(FIRST, ("pay", '{"amount": 5}'), ("look", '{"query": "x"}'))


class TwoAgents(StoreMachine):
    @initialize(person=st.sampled_from([False, False, False, True]))
    def begin(self, person: bool) -> None:
        self.person_may_come = person
        self.runs = Runs()
        self.bench = Bench(self.store, lost_hints(), made_up_client(self.runs), self.runs)
        self.model = ScriptedModel(says)
        self.sender = school.person()
        self.turn: Turn = self.do(self.bench.turn("hola", "quiero pagar", sender=self.sender))
        self.workers: dict[str, Worker] = {}

    def works(self, name: str) -> bool:
        return name in self.workers and self.workers[name].works

    def starts(self, name: str, work: Callable[[Store], Awaitable[object]]) -> None:
        async def start() -> Worker:
            return Worker(self.store, work)

        self.workers[name] = self.do(start())

    # What a rule draws never hangs on who is where: that is up to PostgreSQL as well. What cannot be is passed over.

    @rule(agent=st.sampled_from(AGENTS))
    def an_agent_asks(self, agent: str) -> None:
        """It has its reply and is about to store it: the moment at which a zombie does harm."""
        asked = len(self.model.asked)
        self._takes_the_turn(agent)
        for _ in range(MOST_STATEMENTS):
            if len(self.model.asked) == asked:
                self.do(self._goes_on(agent, 1))

    @rule(name=st.sampled_from(ALL), statements=st.integers(1, MOST_STATEMENTS))
    def somebody_goes_on(self, name: str, statements: int) -> None:
        if name in AGENTS:
            self._takes_the_turn(name)
        self.do(self._goes_on(name, statements))

    def _takes_the_turn(self, agent: str) -> None:
        if not self.works(agent):
            self.starts(agent, lambda store: self.bench.desk(self.model, store=store).take(self.turn.id))

    async def _goes_on(self, name: str, statements: int) -> None:
        for _ in range(statements if self.works(name) else 0):
            await self.workers[name].step()

    @rule(agent=st.sampled_from(AGENTS))
    def an_agent_dies(self, agent: str) -> None:
        if self.works(agent):
            self.do(self.workers[agent].dies())

    @rule()
    def the_lease_runs_out(self) -> None:
        """Whether or not its holder is alive: a zombie is one that does not know."""
        self.do(
            self.bench.execute(
                """
                UPDATE turns SET lease_until = now(), retry_at = NULL WHERE id IN (
                    SELECT id FROM turns WHERE id = :id AND state = 'open' FOR UPDATE SKIP LOCKED)
                """,
                id=self.turn.id,
            )
        )

    @rule()
    def the_contact_writes(self) -> None:
        if "contact" not in self.workers:
            bench, sender = self.bench, self.sender
            self.starts("contact", lambda store: _on(bench, store).arrives(sender, "¿y?"))

    @rule()
    def a_person_takes_over(self) -> None:
        if self.person_may_come and "person" not in self.workers:
            bench, turn = self.bench, self.turn
            self.starts("person", lambda store: _on(bench, store).take_over(turn))

    def teardown(self) -> None:
        if not hasattr(self, "turn"):
            return
        self.do(self._all_finish())
        for _ in range(4):
            self.the_lease_runs_out()
            self.do(self.bench.desk(self.model).take(self.turn.id))
        self.do(self._judge())

    async def _all_finish(self) -> None:
        """In turns, as one may wait for another."""
        while working := [worker for worker in self.workers.values() if worker.works]:
            for worker in working:
                await worker.step()
        assert not [w.ended_by for w in self.workers.values() if w.ended_by and not isinstance(w.ended_by, Crash)]

    async def _judge(self) -> None:
        turn, texts, steps = await self.bench.now(self.turn), await self.bench.texts(self.turn), await self._steps()
        taken_over = "person" in self.workers and LAST not in texts
        assert turn.state == (TurnState.CANCELLED if taken_over else TurnState.ANSWERED)
        assert all(times == 1 for times in Counter(texts).values()), texts
        assert texts == [FIRST, LAST][: len(texts)]
        assert all(times == 1 for times in Counter(self.runs.of("pay")).values()), "money was taken twice"
        if FIRST in texts and turn.state == TurnState.ANSWERED:
            paid = [call.state for call in await self.bench.calls(turn) if call.name == "pay"]
            assert paid == ["done" if self.runs.of("pay") else "unknown"] or paid == ["unknown"]
        assert [number for number, _ in steps] == list(range(1, len(steps) + 1))
        assert [attempt for _, attempt in steps] == sorted(attempt for _, attempt in steps)

    async def _steps(self) -> list[tuple[int, int]]:
        async with self.store.transaction() as tx:
            found = await tx.connection.execute(STEPS, {"turn": self.turn.id})
            return [(row.number, row.attempt) for row in found]


def _on(bench: Bench, store: Store) -> Bench:
    return Bench(store, bench.publisher, bench.client, bench.runs)


def test_one_turn_answered_once_however_two_agents_meet(database_url: str) -> None:
    play(TwoAgents, database_url, examples=50, steps=20)
