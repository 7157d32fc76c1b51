"""The same work for many clients side by side; one that fails says so and stops nobody else."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from fleet.clients.account import Account
from fleet.orders.tally import tally
from remanso.errors import RemansoError

Result = TypeVar("Result")

AT_ONCE = 8


@dataclass(frozen=True)
class Answer(Generic[Result]):
    """`result`, or why there is none and what to do about it."""

    result: Result | None = None
    problem: str = ""
    todo: str = ""


def ask_all(
    accounts: Mapping[str, Account],
    work: Callable[[Account], Result],
    at_once: int = AT_ONCE,
    *,
    order: str = "",
    shown: bool = True,
) -> dict[str, Answer[Result]]:
    """Each client's answer, in the order of `accounts`.

    Args:
        accounts: by the clients' names.
        work: raises RemansoError where it fails.
        at_once: so many side by side.
        order: what changes something has a name: it holds the client, and stands in its journal until it has ended.
        shown: tell a person at the terminal how far it has come.
    """

    def one(name: str, account: Account) -> Answer[Result]:
        try:
            if not order:
                return Answer(work(account))
            with account.journal.order(order):
                return Answer(work(account))
        except RemansoError as problem:
            mask = account.secrets.mask
            return Answer(problem=mask(str(problem)), todo=mask(getattr(problem, "todo", "")))
        finally:
            done(name)

    with tally(len(accounts) if shown else 0) as done, ThreadPoolExecutor(at_once) as pool:
        return dict(zip(accounts, pool.map(one, accounts, accounts.values()), strict=True))
