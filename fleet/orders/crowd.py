"""The same work for many clients side by side; one that fails says so and stops nobody else."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from fleet.clients.account import Account
from remanso.errors import RemansoError

Result = TypeVar("Result")

AT_ONCE = 8


@dataclass(frozen=True)
class Answer(Generic[Result]):
    """`result`, or why there is none."""

    result: Result | None = None
    problem: str = ""


def ask_all(
    accounts: Mapping[str, Account], work: Callable[[Account], Result], at_once: int = AT_ONCE
) -> dict[str, Answer[Result]]:
    """Each client's answer, in the order of `accounts`."""

    def one(account: Account) -> Answer[Result]:
        try:
            return Answer(work(account))
        except RemansoError as problem:
            return Answer(problem=account.secrets.mask(str(problem)))

    with ThreadPoolExecutor(at_once) as pool:
        return dict(zip(accounts, pool.map(one, accounts.values()), strict=True))
