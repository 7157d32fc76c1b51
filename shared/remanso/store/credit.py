"""Credit: reserved before a model call, settled with its cost or given back, granted, and told when it is spent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from remanso.model.credit import Charge, account_of, charge
from remanso.store.contacts import Contacts
from remanso.store.ledger import Allowance, Ledger
from remanso.store.reserves import Reserve, Reserves
from remanso.store.rows import Repository
from remanso.store.turns import Turn


@dataclass(frozen=True)
class Refusal:
    """`spent`: nothing but a grant will help. Else the rest is reserved by calls that may cost less."""

    account: UUID
    spent: bool
    exhaustion: UUID


class Credit(Repository):
    def __init__(self, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self.ledger = Ledger(connection)
        self._reserves = Reserves(connection)

    async def reserve(
        self,
        turn: Turn,
        step: int,
        amount: Decimal,
        allowances: Sequence[Allowance],
        *,
        hearing: UUID | None = None,
    ) -> Refusal | None:
        """Reserves `amount` in every account, the contact's first, or in none; the turn is held by the caller.

        For a model call, or for `hearing` the sound of a message. What an earlier attempt left open is given back
        either way.
        """
        await self._give_back(await self._reserves.close_all(turn.id, turn.attempt - 1), "another attempt")
        await self.release(turn, "asked again", hearing=hearing)
        for account in [await self.ledger.open(allowance) for allowance in allowances]:
            if account.available < amount:
                return Refusal(account.id, account.balance < amount, account.exhaustion)
        await self._reserves.hold(
            Reserve(turn.id, step, turn.attempt, amount, [allowance.account for allowance in allowances], hearing)
        )
        return None

    async def settle(self, turn: Turn, cost: Decimal | None, *, hearing: UUID | None = None) -> Charge | None:
        """Closes the reserve of this attempt with what its call cost; None where nothing was reserved.

        Never more than the reserve: what goes beyond is written down as excess and taken from nobody. Of a cost that
        is not known (None) the whole reserve is taken.
        """
        reserve = await self._reserves.close(turn, hearing)
        if reserve is None:
            return None
        if reserve.attempt != turn.attempt:
            await self._reserves.give_back(reserve, "another attempt")
            return None
        charged = charge(cost, reserve.amount)
        await self._reserves.spend(reserve, charged.settled)
        if charged.excess:
            await self._reserves.note_excess(reserve, charged.excess)
        return charged

    async def release(self, turn: Turn, why: str, *, hearing: UUID | None = None) -> bool:
        """Gives back what this or an earlier attempt has reserved for one call; False where there is nothing open."""
        reserve = await self._reserves.close(turn, hearing)
        return await self._give_back([reserve] if reserve else [], why)

    async def release_all(self, turn: Turn, why: str) -> bool:
        """Gives back all that this or an earlier attempt at the turn has reserved; False where nothing is open."""
        return await self._give_back(await self._reserves.close_all(turn.id, turn.attempt), why)

    async def release_abandoned(self) -> bool:
        """Gives back one reserve whose turn is closed: its agent died, or a person took over. False without any."""
        reserve = await self._reserves.close_abandoned()
        return await self._give_back([reserve] if reserve else [], "turn closed")

    async def _give_back(self, reserves: Sequence[Reserve], why: str) -> bool:
        for reserve in reserves:
            await self._reserves.give_back(reserve, why)
        return bool(reserves)

    async def grant(
        self,
        client: str,
        contact_id: UUID | None,
        dollars: Decimal,
        *,
        who: str,
        note: str | None = None,
        lasts: timedelta | None = None,
        key: UUID | None = None,
    ) -> bool:
        """A grant by hand, beside those of the periods; without `lasts` it never expires.

        Gives False, and grants nothing, where a grant with this `key` was made before. To a contact that was merged it
        goes to whoever they are now.
        """
        owner = contact_id and (await Contacts(self._connection).hold(contact_id) or contact_id)
        await self.ledger.make(client, owner)
        (account,) = await self.ledger.lock([account_of(client, owner)])
        expires_at = None if lasts is None else account.now + lasts
        return await self.ledger.grant(account.id, dollars, None, expires_at, who=who, note=note, key=key)

    async def tell(self, conversation_id: UUID, exhaustion: UUID) -> bool:
        """Whether the contact is to be told now that the credit is spent: once in each exhaustion."""
        result = await self._run(
            "INSERT INTO credit_notices (conversation_id, exhaustion) VALUES (:id, :exhaustion) ON CONFLICT DO NOTHING",
            id=conversation_id,
            exhaustion=exhaustion,
        )
        return result.rowcount == 1
