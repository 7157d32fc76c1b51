"""What the fleet looks like: what each platform says, what each bot answers, what each database knows."""

import asyncio
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Group
from rich.markup import escape
from rich.table import Table

from fleet.clients.account import Account
from fleet.clients.health import health
from fleet.clients.provision import plan
from fleet.clients.steps import State
from fleet.orders.crowd import Answer
from fleet.platforms.platform import Deployment
from remanso.errors import RemansoError
from remanso.model.heartbeat import Beat, complaints_of_client
from remanso.store import Store

NO_DRIFT = ("test-event", "health")


@dataclass(frozen=True)
class Standing:
    """One client. `drift` are the steps of provisioning that would change something; None where nobody asked."""

    deployment: Deployment
    good: bool
    health: str
    version: str
    behind: bool
    """Another commit runs than the one in the client's folder."""
    beat: Beat | None
    drift: tuple[str, ...] | None


def standing(account: Account, *, drift: bool) -> Standing:
    """Raises RemansoError where not even the platform answers."""
    deployment = account.platform.status()
    well, beat = health(deployment.url, account.name, account.verify_token), _beat(account)
    complaints = [*complaints_of_client(account.name, beat)] if beat else []
    return Standing(
        deployment,
        well.good and not deployment.trouble and not complaints,
        deployment.trouble or "; ".join(map(str, complaints)) or well.words,
        well.version,
        bool(deployment.commit) and deployment.commit != account.local.head(),
        beat,
        _drift(account) if drift else None,
    )


def tell(account: Account, found: Standing) -> Standing:
    """Shows it to the operators' panel, too. Raises OutsideFailed where the app is not entered there."""
    if account.collector is not None:
        place, told = found.deployment, asdict(found)
        shown = {name: told[name] for name in ("good", "health", "version", "behind", "drift")}
        more = {"release": place.release, "commit": place.commit, "processes": dict(place.processes)}
        account.collector.stands({**shown, **more, "cents": place.cents})
    return found


def table(answers: dict[str, Answer[Standing]]) -> Group:
    """The table, and below it, where there is room, why a client could not be asked."""
    shown = Table(box=None, pad_edge=False)
    for column in (
        "client",
        "health",
        "release",
        "commit",
        "processes",
        "waiting",
        "unsent",
        "tokens today",
        "last message",
    ):
        shown.add_column(column, overflow="fold")
    for name, answer in answers.items():
        shown.add_row(name, *(_row(answer.result) if answer.result else ["[red]not asked, see below[/red]"]))
    problems = [(name, answer.problem) for name, answer in answers.items() if not answer.result]
    return Group(shown, *(f"\n[red]{name}[/red]: {escape(problem)}" for name, problem in problems))


def as_data(answers: dict[str, Answer[Standing]]) -> list[dict[str, Any]]:
    return [
        {"client": name, **(asdict(answer.result) if answer.result else {"good": False, "health": answer.problem})}
        for name, answer in answers.items()
    ]


def _row(found: Standing) -> list[str]:
    place, beat = found.deployment, found.beat
    color = "green" if found.good else "red"
    drift = f" drift: {', '.join(found.drift)}" if found.drift else ""
    numbers = (
        [str(beat.waiting), str(beat.unsent), f"{beat.tokens_today:,}", _ago(beat.last_received_at)]
        if beat
        else ["?"] * 4
    )
    return [
        f"[{color}]{found.health}[/{color}] {found.version}{drift}",
        place.release or "",
        (place.commit or "")[:8] + (" (behind)" if found.behind else ""),
        " ".join(f"{kind}={count}" for kind, count in place.processes.items()),
        *numbers,
    ]


def _ago(at: datetime | None) -> str:
    if at is None:
        return "never"
    minutes = int((datetime.now(UTC) - at).total_seconds() // 60)
    return f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"


def _beat(account: Account) -> Beat | None:
    """From its database; where that is not to be reached from here, from the app's last heartbeat."""
    url = account.platform.database_url()
    try:
        if url:
            return asyncio.run(_ask(url, account.name))
    except (RemansoError, ValueError):
        pass
    heartbeat = account.collector.heartbeat() if account.collector else None
    return heartbeat.clients.get(account.name) if heartbeat else None


async def _ask(url: str, client: str) -> Beat:
    async with Store.connect(url, name="fleet", pool_size=1) as store, store.transaction() as tx:
        return await tx.pulse.of(client)


def _drift(account: Account) -> tuple[str, ...]:
    return tuple(
        step.key
        for step, found in plan(account.steps())
        if found.change and found.state is not State.IMPOSSIBLE and step.key not in NO_DRIFT
    )
