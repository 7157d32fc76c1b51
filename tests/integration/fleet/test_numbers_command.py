"""`remanso numbers` against a real PostgreSQL."""

import asyncio

import pytest
from typer.testing import CliRunner, Result

from fleet.cli import app
from remanso.errors import BadInput
from remanso.store import Store


def run(database_url: str, *words: str) -> Result:
    return CliRunner().invoke(app, ["numbers", *words], env={"REMANSO_DATABASE_URL": database_url})


async def park(database_url: str) -> None:
    async with Store.connect(database_url) as store, store.transaction() as tx:
        await tx.parkings.park(
            "account",
            "account:1",
            client="school",
            channels=["71", "72"],
            code=131042,
            detail="payment problem; trace A",
        )
        await tx.parkings.park("number", "number:8", client="shop", channels=["8"], code=None, detail="HTML")


def test_what_is_parked_is_told_in_both_languages_and_resumed(database_url: str) -> None:
    assert run(database_url).output.strip() == "Nothing is parked: every number sends."
    asyncio.run(park(database_url))
    english, spanish = run(database_url).output, run(database_url, "--language", "es").output
    assert "account:1  school  71 72" in english
    assert "why: payment problem: billing must be fixed (Meta 131042)" in english
    assert "what to do: mend the payment method" in english
    assert "por qué: problema de pago: hay que arreglar la facturación (Meta 131042)" in spanish
    assert "qué hacer: revisar REMANSO_GRAPH_BASE_URL" in spanish
    assert run(database_url, "resume", "72").output == "account:1 goes on.\n"
    assert "account:1" not in run(database_url).output
    assert isinstance(run(database_url, "resume", "72").exception, BadInput)


@pytest.mark.parametrize("words", [["--language", "pt"], ["resume", "nobody"]])
def test_what_cannot_be_meant_is_refused(database_url: str, words: list[str]) -> None:
    assert isinstance(run(database_url, *words).exception, BadInput)
