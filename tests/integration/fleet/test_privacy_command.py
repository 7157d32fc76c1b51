"""`remanso privacy` against a real PostgreSQL and a real broker."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from zipfile import ZipFile

import pytest
from aio_pika import Message, connect
from typer.testing import CliRunner, Result

from fleet.cli import app
from remanso.bus import Bus
from remanso.bus.dead_letters import QUEUE_HEADER
from remanso.bus.topology import DEAD_QUEUE, DEBOUNCER_MESSAGE_RECEIVED
from remanso.errors import BadInput
from remanso.events import Envelope, encode
from remanso.model.message import Sender
from remanso.store import Store
from tests.support.scene import receive
from tests.support.school import person, said

RESTING = '{"payload": "nobody can read this"}'


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with Store.connect(database_url) as connected:
        yield connected


async def run(database_url: str, *words: str, typed: str = "", **more: str) -> Result:
    environment = {"REMANSO_DATABASE_URL": database_url, **more}
    return await asyncio.to_thread(CliRunner().invoke, app, ["privacy", *words], input=typed, env=environment)


async def bury(amqp_url: str, *bodies: bytes) -> None:
    """Letters in the graveyard, as consumers leave them."""
    async with Bus.connect(amqp_url, "test"), await connect(amqp_url) as connection, connection.channel() as channel:
        for body in bodies:
            letter = Message(body, headers={QUEUE_HEADER: DEBOUNCER_MESSAGE_RECEIVED.name})
            await channel.default_exchange.publish(letter, DEAD_QUEUE)


async def letters(amqp_url: str) -> list[str]:
    async with Bus.connect(amqp_url, "test") as bus:
        return [letter.body for letter in await bus.graveyard.letters()]


def about(sender: Sender, client: str = "school") -> bytes:
    envelope: Envelope = said(sender, "un secreto", client=client)
    return encode([envelope])


async def test_the_number_is_read_from_a_pipe_and_the_archive_is_for_its_owner_alone(
    store: Store, database_url: str, tmp_path: Path
) -> None:
    ana = person()
    await receive(store, [said(ana, "hola")])
    target = tmp_path / "ana.zip"
    told = await run(database_url, "export", "school", "--to", str(target), typed=f"+{ana.wa_id}\n")
    assert told.exit_code == 0, told.output
    assert ana.wa_id and ana.wa_id not in told.output
    assert oct(target.stat().st_mode & 0o777) == "0o600"
    with ZipFile(target) as archive:
        assert json.loads(archive.read("contact.json"))["tables"]["messages"][0]["content"]["text"] == "hola"


async def test_forgetting_reaches_the_dead_letters_and_only_theirs(
    store: Store, database_url: str, amqp_url: str, tmp_path: Path
) -> None:
    ana, beto = person(), person()
    await receive(store, [said(ana, "hola"), said(beto, "hola")])
    others = [about(beto), about(ana, "academy"), RESTING.encode()]
    await bury(amqp_url, about(ana), *others, about(ana), *[about(beto) for _ in range(120)])
    told = await run(database_url, "forget", "school", typed=f"{ana.wa_id}\nschool\n", REMANSO_AMQP_URL=amqp_url)
    assert told.exit_code == 0, told.output
    (line,) = [json.loads(one) for one in told.stderr.splitlines() if '"marks"' in one]
    assert (line["event"], line["client"], line["letters"]) == ("contact.forgotten", "school", 2)
    left = await letters(amqp_url)
    assert not any(f'"{ana.wa_id}"' in body and '"school"' in body for body in left)
    assert any('"academy"' in body for body in left)
    assert ana.wa_id and ana.wa_id not in told.output + told.stderr
    async with store.transaction() as tx:
        assert await tx.persons.find("school", ana.wa_id) is None
        assert await tx.persons.find("school", beto.wa_id or "")
    marks = await run(database_url, "forgotten")
    assert {mark for one in marks.output.splitlines() for mark in json.loads(one)["marks"]} == set(line["marks"])
    (tmp_path / "marks").write_text(marks.output)
    again = await run(database_url, "again", str(tmp_path / "marks"))
    assert again.output.startswith("0 forgotten again")
    twice = await run(database_url, "forget", "school", "--yes", typed=f"{ana.wa_id}\n", REMANSO_AMQP_URL=amqp_url)
    assert isinstance(twice.exception, BadInput)


async def test_what_cannot_be_meant_changes_nothing(store: Store, database_url: str, tmp_path: Path) -> None:
    ana = person()
    await receive(store, [said(ana, "hola")])
    for words, typed in (
        (["forget", "school"], f"{ana.wa_id}\nschool\n"),  # no broker is told of
        (["forget", "school", "--without-dead-letters"], f"{ana.wa_id}\nacademy\n"),
        (["forget", "academy", "--without-dead-letters", "--yes"], f"{ana.wa_id}\n"),
        (["forget", "school", "--without-dead-letters", "--yes"], "\n"),
        (["export", "school", "--to", str(tmp_path / "x.zip")], "5491100000000\n"),
    ):
        assert isinstance((await run(database_url, *words, typed=typed)).exception, BadInput), words
    (tmp_path / "marks").write_text('{"marks": ["x"]}\n')
    assert isinstance((await run(database_url, "again", str(tmp_path / "marks"))).exception, BadInput)
    async with store.transaction() as tx:
        assert await tx.persons.find("school", ana.wa_id or "")
