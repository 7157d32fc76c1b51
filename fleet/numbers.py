"""`remanso numbers`: what is parked, why and what to do; and going on at once when it is mended."""

import asyncio
import getpass
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, TypeVar

import typer

from fleet.tables import database_url
from remanso.channels.whatsapp.errors import classify
from remanso.errors import BadInput
from remanso.store import Store, Transaction
from remanso.store.parking import Parking

NO_ANSWER_OF_META = 404
"""As an answer that bore no code was judged."""
NOTHING_PARKED = {
    "en": "Nothing is parked: every number sends.",
    "es": "No hay nada detenido: todos los números envían.",
}
LABELS = {
    "en": ("since", "why", "what to do", "Meta said", "next try in"),
    "es": ("desde", "por qué", "qué hacer", "Meta dijo", "próximo intento en"),
}

Result = TypeVar("Result")

app = typer.Typer(no_args_is_help=False, invoke_without_command=True, help="Numbers that Meta refuses, and why.")
Language = Annotated[str, typer.Option("--language", help="es or en.")]


@app.callback()
def numbers(context: typer.Context, language: Language = "en") -> None:
    """List what is parked until somebody acts: numbers, accounts, templates, contacts."""
    if context.invoked_subcommand is not None:
        return
    if language not in LABELS:
        raise BadInput(f"there are reasons in es and en, not in {language}")

    async def work(tx: Transaction) -> list[Parking]:
        return await tx.parkings.all_open()

    parked = _run(work)
    for parking in parked:
        typer.echo("\n".join(described(parking, language)))
    if not parked:
        typer.echo(NOTHING_PARKED[language])


@app.command()
def resume(
    number: Annotated[str, typer.Argument(help="A phone_number_id, or a key as the list shows it: account:123.")],
) -> None:
    """It is mended: send again at once, instead of at the next probe. What Meta still refuses is parked again."""

    async def work(tx: Transaction) -> list[str]:
        meant = [p.id for p in await tx.parkings.all_open() if number == p.key or number in p.channels]
        return await tx.parkings.end(meant, f"person:{getpass.getuser()}")

    ended = _run(work)
    if not ended:
        raise BadInput(f"nothing is parked for {number}")
    for key in ended:
        typer.echo(f"{key} goes on.")


def described(parking: Parking, language: str) -> list[str]:
    """Lines for a person: what, since when, why, what to do, when it is tried next."""
    verdict = classify(parking.code, NO_ANSWER_OF_META if parking.code is None else None)
    since, why, remedy, said, following = LABELS[language]
    code = f" (Meta {parking.code})" if parking.code is not None else ""
    lines = [
        f"{parking.key}  {parking.client}  {' '.join(parking.channels)}".rstrip(),
        f"  {since}: {parking.since:%Y-%m-%d %H:%M} UTC",
        f"  {why}: {verdict.reason.in_language(language)}{code}",
    ]
    if verdict.remedy:
        lines.append(f"  {remedy}: {verdict.remedy.in_language(language)}")
    wait = max(timedelta(), parking.probe_at - parking.now)
    return [*lines, f"  {said}: {parking.detail}", f"  {following}: {wait.total_seconds() / 60:.0f} min"]


def _run(work: Callable[[Transaction], Awaitable[Result]]) -> Result:
    async def run() -> Result:
        async with Store.connect(database_url(), name="numbers", pool_size=1) as store, store.transaction() as tx:
            return await work(tx)

    return asyncio.run(run())
