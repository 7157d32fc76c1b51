"""The same two agents at one turn, with credit: whatever stands still, dies or wakes up where, steps are paid once."""

from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from services.agent.asking import ModelReply, ModelRequest
from services.agent.credit import release_abandoned
from tests.integration.agent.test_interleaving import TwoAgents, says
from tests.support import credit
from tests.support.agents import ScriptedModel, made_up_client
from tests.support.machine import play

COST = credit.usd("0.00125")[0]


def says_for_money(request: ModelRequest) -> ModelReply:
    said = says(request)
    return replace(said, usage=replace(said.usage, cost_usd=COST))


class TwoAgentsWithCredit(TwoAgents):
    @initialize(person=st.sampled_from([False, False, False, True]))
    def begin(self, person: bool) -> None:
        super().begin(person)
        limits = {"enabled": True, "contact_dollars": 1, "client_dollars": 10}
        self.bench = replace(self.bench, client=made_up_client(self.runs, credit=limits))
        self.model = ScriptedModel(says_for_money)

    async def _judge(self) -> None:
        await super()._judge()
        await release_abandoned(self.store)
        await credit.assert_books_agree(self.store)
        paid = len(await self._steps()) * COST
        async with self.store.transaction() as tx:
            accounts = [await tx.books.account("school")]
            conversation = await tx.conversations.get(self.turn.conversation_id)
            assert conversation
            accounts.append(await tx.books.account("school", conversation.contact_id))
        for account, granted in zip(accounts, (10, 1), strict=True):
            if account is not None:  # else nobody came as far as to ask
                assert (account.balance, account.reserved) == credit.usd(granted - paid, 0)


def test_each_step_is_paid_once_however_two_agents_meet(database_url: str) -> None:
    play(TwoAgentsWithCredit, database_url, examples=15, steps=20)
