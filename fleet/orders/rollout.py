"""A new commit for many clients: canaries first, then waves; the first that is not well stops it and goes back."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from fleet.clients.account import Account
from fleet.clients.health import health
from fleet.orders.crowd import ask_all
from fleet.trouble import OutsideFailed

Fate = Literal["current", "deployed", "rolled back", "failed", "not tried"]
LOOKS = 20
LEFT = "rollback from"
"""The journal's note of the commit that is being left."""
FIRST_WAVE = 0.1
"""Of all that are no canaries; the rest is the second wave."""


@dataclass(frozen=True)
class Deployed:
    fate: Fate
    words: str = ""
    seconds: float = 0.0

    @property
    def good(self) -> bool:
        return self.fate in ("current", "deployed")


def waves(accounts: Mapping[str, Account]) -> list[list[str]]:
    """The canaries (the first client where none is named), a tenth, all others."""
    canaries = [name for name, account in accounts.items() if account.plan.canary] or list(accounts)[:1]
    others = [name for name in accounts if name not in canaries]
    tenth = max(1, round(len(others) * FIRST_WAVE)) if others else 0
    return [wave for wave in (canaries, others[:tenth], others[tenth:]) if wave]


def roll_out(
    accounts: Mapping[str, Account], tell: Callable[[str], None], *, all_back: bool = False, at_once: int = 5
) -> dict[str, Deployed]:
    """What became of each. `all_back`: where one fails, those that had been well go back, too."""
    fates: dict[str, Deployed] = {}
    for number, wave in enumerate(waves(accounts), 1):
        tell(f"wave {number}: {', '.join(wave)}")
        fates |= _wave({name: accounts[name] for name in wave}, at_once)
        bad = [name for name in wave if not fates[name].good]
        if bad:
            tell(f"stopped: {', '.join(bad)}")
            fates |= _back(
                accounts, [name for name, fate in fates.items() if fate.fate == "deployed"] if all_back else []
            )
            break
    return {name: fates.get(name, Deployed("not tried")) for name in accounts}


def go_back(account: Account) -> str:
    """To the release before, once: the run after one that died in the middle must not go on to the one before that."""
    journal, commit = account.journal, account.platform.status().commit
    left = journal.noted(LEFT)
    if left and commit and commit != left:
        words = "back already"
    else:
        journal.note(LEFT, commit)
        words = f"back to {account.platform.roll_back()}"
    journal.note(LEFT, None)
    return words


def _wave(accounts: Mapping[str, Account], at_once: int) -> dict[str, Deployed]:
    answers = ask_all(accounts, _deploy, at_once, order="deploy")
    return {
        name: answer.result or Deployed("failed", f"{answer.problem}{f' → {answer.todo}' if answer.todo else ''}")
        for name, answer in answers.items()
    }


def _deploy(account: Account) -> Deployed:
    """A release that is not well goes back at once."""
    began, platform = time.monotonic(), account.platform
    now = platform.status()
    if now.commit and not now.behind and _well(account):
        return Deployed("current")
    platform.deploy(lambda _: None)
    if _well(account):
        return Deployed("deployed", seconds=time.monotonic() - began)
    try:
        return Deployed("rolled back", f"not well; back to {platform.roll_back()}", time.monotonic() - began)
    except OutsideFailed as why:
        return Deployed("failed", f"not well, and could not go back: {why}", time.monotonic() - began)


def _well(account: Account) -> bool:
    for _ in range(LOOKS):
        if health(account.platform.url(), account.name, account.verify_token).good:
            return True
        account.pause()
    return False


def _back(accounts: Mapping[str, Account], names: Sequence[str]) -> dict[str, Deployed]:
    answers = ask_all({name: accounts[name] for name in names}, lambda account: account.platform.roll_back())
    return {
        name: Deployed("failed", answer.problem) if answer.problem else Deployed("rolled back", f"to {answer.result}")
        for name, answer in answers.items()
    }
