"""Credit around one model call, or one hearing: reserved before it is tried, given back where nothing was stored.

The reserve is settled in the transaction that stores the step or the opened file. Where an agent dies in between, the
next attempt at the turn gives its reserve back, or the sweeper does once the turn is closed.
"""

from decimal import Decimal
from uuid import UUID

from remanso.errors import RemansoError, Unavailable
from remanso.model.credit import enough
from remanso.plugin.registry import Client
from remanso.store import Store
from remanso.store.ledger import Allowance
from services.agent import metrics
from services.agent.asking import ModelRequest
from services.agent.assignment import Assignment
from services.agent.commit import holding
from services.agent.worst_case import worst_case

HEARING = 0
"""The step under which a hearing is booked."""
SPEECH = "speech"
"""Stands for the speech model in the metrics: which one it is, is the agents' setting."""


class CreditSpent(RemansoError):
    """Nothing but a grant will help. `exhaustion` names the span until then."""

    def __init__(self, exhaustion: UUID) -> None:
        super().__init__("the credit is spent")
        self.exhaustion = exhaustion


class CreditInUse(Unavailable):
    """There is credit, but other calls have reserved it. They will cost less than that: ask again soon."""


def allowances(client: Client, contact_id: UUID) -> list[Allowance]:
    """The accounts that a call for this contact is paid from, in the order of their locks; none without credit."""
    credit, name, timezone = client.config.credit, client.name, client.config.timezone
    found = []
    if credit.enabled and credit.contact_dollars is not None:
        found.append(Allowance(name, contact_id, credit.contact_dollars, credit.contact_period, timezone))
    if credit.enabled and credit.client_dollars is not None:
        found.append(Allowance(name, None, credit.client_dollars, "month", timezone))
    return found


async def reserve(assignment: Assignment, step: int, request: ModelRequest) -> None:
    """Reserves what `request` can cost at most, for step number `step` of the turn.

    Raises CreditSpent or CreditInUse, and LeaseLost or TakenOver as every commit.
    """
    if assignment.client.config.credit.enabled:
        await _reserve(assignment, step, worst_case(request).dollars or Decimal(0), request.profile.model)


async def reserve_hearing(assignment: Assignment, message_id: UUID, dollars: Decimal) -> None:
    """Reserves what hearing the sound of a message can cost at most. Raises as `reserve` does."""
    if assignment.client.config.credit.enabled:
        await _reserve(assignment, HEARING, dollars, SPEECH, hearing=message_id)


async def _reserve(
    assignment: Assignment, step: int, dollars: Decimal, label: str, *, hearing: UUID | None = None
) -> None:
    client, amount = assignment.client, enough(dollars)
    async with holding(assignment) as held:
        contact = await held.tx.contacts.get(held.conversation.contact_id)  # who they are now, after a merge
        accounts = allowances(client, contact.id if contact else held.conversation.contact_id)
        refusal = await held.tx.credit.reserve(held.turn, step, amount, accounts, hearing=hearing)
    if refusal is None:
        metrics.CREDIT_RESERVED.labels(client.name, label).inc(float(amount))
        return
    metrics.CREDIT_REFUSALS.labels(client.name, label).inc()
    raise CreditSpent(refusal.exhaustion) if refusal.spent else CreditInUse("reserved by other calls")


async def release_abandoned(store: Store) -> None:
    """The sweep: gives back, one in each transaction, what is reserved for turns that are closed."""
    released = True
    while released:
        async with store.transaction() as tx:
            released = await tx.credit.release_abandoned()
