"""`remanso credit` against a real PostgreSQL."""

import asyncio
from decimal import Decimal

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from fleet.cli import app
from remanso.errors import BadInput
from remanso.store import Store
from tests.support import credit, school
from tests.support.scene import conversation_of, receive


def run(database_url: str, *words: str) -> Result:
    return CliRunner().invoke(app, ["credit", *words], env={"REMANSO_DATABASE_URL": database_url})


async def settled(database_url: str) -> str:
    """Somebody writes to the school; a tenth of a dollar is spent on them. Gives their phone."""
    sender = school.person()
    async with Store.connect(database_url) as store:
        await receive(store, [school.said(sender)])
        contact = (await conversation_of(store, sender)).contact_id
        await credit.grant(store, 1, contact_id=contact)
        turn = credit.a_turn()
        await credit.reserve(store, turn, "0.3", credit.allowance(contact))
        async with store.transaction() as tx:
            await tx.credit.settle(turn, Decimal("0.1"))
    return sender.wa_id or ""


def test_topping_up_looking_and_comparing(database_url: str) -> None:
    phone = asyncio.run(settled(database_url))
    granted = run(
        database_url,
        "grant",
        "school",
        "2.50",
        "--contact",
        f"+{phone}",
        "--days",
        "30",
        "--note",
        "sorry",
        "--who",
        "Ana",
    )
    assert granted.exit_code == 0, granted.output
    assert granted.output.startswith("$3.4")
    shown = run(database_url, "show", "school", "--contact", phone).output.splitlines()
    assert shown[0].startswith("$3.40000000 available, $0.00000000 reserved")
    assert [line.split()[2] for line in shown[1:]] == ["grant", "settle", "reserve", "grant"]
    assert all(word in shown[1] for word in ("$2.5", "Ana", "until", "sorry"))
    assert run(database_url, "check").exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("grant", "school", "a lot"),
        ("grant", "school", "0"),
        ("grant", "school", "NaN"),
        ("grant", "school", "0.000000001"),
        ("grant", "shcool", "5"),
        ("grant", "school", "5", "--contact", "999"),
    ],
)
def test_what_cannot_be_meant_is_refused(database_url: str, words: tuple[str, ...]) -> None:
    asyncio.run(settled(database_url))
    assert isinstance(run(database_url, *words).exception, BadInput)


def test_a_client_nobody_has_written_to_is_granted_when_asked_twice(database_url: str) -> None:
    assert isinstance(run(database_url, "grant", "early", "5").exception, BadInput)
    assert run(database_url, "show", "early").output.startswith("No account")
    assert run(database_url, "grant", "early", "5", "--new").output.startswith("$5.00000000 available")


def test_books_that_do_not_agree_end_with_1(database_url: str) -> None:
    async def spoil() -> None:
        async with Store.connect(database_url) as store:
            await credit.grant(store, 1, client="spoilt")
            async with store.transaction() as tx:
                await tx.connection.execute(text("UPDATE credit_accounts SET balance = 2 WHERE client = 'spoilt'"))

    asyncio.run(spoil())
    checked = run(database_url, "check")
    assert checked.exit_code == 1
    assert "balance_by_entries=Decimal('1.00000000')" in checked.output
