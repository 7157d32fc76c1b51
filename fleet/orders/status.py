"""What the fleet looks like: what each platform says, what each bot answers, what each database knows."""

import asyncio
from collections.abc import Iterator
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
WIDE = 110
"""Characters that all columns take."""
COLUMNS = (
    "client", "health", "release", "commit", "processes", "waiting", "unsent", "tokens today", "last message",
)  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """One client. `drift` are the steps of provisioning that would change something; None where nobody asked."""

    deployment: Deployment
    good: bool
    health: str
    version: str
    unfinished: str
    """Orders that were begun here and have not ended."""
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
        account.journal.unfinished(),
        beat,
        _drift(account) if drift else None,
    )


def tell(account: Account, found: Standing) -> Standing:
    """Shows it to the operators' panel, too. Raises OutsideFailed where the app is not entered there."""
    if account.collector is not None:
        place, told = found.deployment, asdict(found)
        shown = {name: told[name] for name in ("good", "health", "version", "drift")}
        more = {
            "release": place.release,
            "commit": place.commit,
            "behind": place.behind,
            "processes": dict(place.processes),
        }
        account.collector.stands({**shown, **more, "cents": place.cents})
    return found


def table(answers: dict[str, Answer[Standing]], width: int = WIDE) -> Group:
    """The table, and below it, where there is room, why a client could not be asked. A narrow one has fewer columns."""
    columns = COLUMNS if width >= WIDE else COLUMNS[:2]
    shown = Table(box=None, pad_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold")
    for name, answer in answers.items():
        cells = _row(answer.result) if answer.result else ["[red]not asked, see below[/red]"]
        if width < WIDE:
            cells = [
                " · ".join(f"{word} {cell}" for word, cell in zip(("", *COLUMNS[2:]), cells, strict=False) if cell)
            ]
        shown.add_row(name, *cells)
    return Group(shown, *(f"\n[red]{name}[/red]: {escape(words)}" for name, words in _below(answers)))


def as_data(answers: dict[str, Answer[Standing]]) -> list[dict[str, Any]]:
    return [
        {
            "client": name,
            **(
                asdict(answer.result)
                if answer.result
                else {"good": False, "health": answer.problem, "todo": answer.todo}
            ),
        }
        for name, answer in answers.items()
    ]


def _below(answers: dict[str, Answer[Standing]]) -> Iterator[tuple[str, str]]:
    for name, answer in answers.items():
        if answer.problem:
            yield name, f"{answer.problem}{f' → {answer.todo}' if answer.todo else ''}"
        elif answer.result and answer.result.unfinished:
            yield name, answer.result.unfinished


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
        (place.commit or "")[:8] + (" (behind)" if place.behind else ""),
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
