"""`remanso backup` and `remanso restore` against a real PostgreSQL, and what they refuse."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from fleet.backup import restoring
from fleet.backup.manifest import FILE, read_manifest
from fleet.cli import app
from fleet.local.postgres import PostgresServer
from fleet.trouble import OutsideFailed
from remanso.errors import BadInput
from remanso.runtime.schema import what_is_missing
from remanso.store import Store
from remanso.store.standing import standing_of
from tests.support.infrastructure import database
from tests.support.scene import a_turn, answer, deliveries, queue
from tests.support.whole_person import a_whole_person, where


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    async with Store.connect(database_url) as connected:
        yield connected


@pytest.fixture
async def empty_url(postgres: PostgresServer) -> AsyncIterator[str]:
    async with database(postgres.url) as url:
        yield url


def run(url: str, *words: str, **more: str) -> Result:
    return CliRunner().invoke(app, list(words), env={"REMANSO_DATABASE_URL": url, **more})


async def ran(url: str, *words: str, **more: str) -> Result:
    return await asyncio.to_thread(run, url, *words, **more)


def a_key(path: Path) -> str:
    """A new key file of age; gives its public half."""
    subprocess.run(["age-keygen", "-o", path], check=True, capture_output=True)
    return subprocess.run(["age-keygen", "-y", path], check=True, capture_output=True, text=True).stdout.strip()


async def backed_up(url: str, folder: Path, **more: str) -> Path:
    done = await ran(url, "backup", str(folder), **more)
    assert done.exit_code == 0, done.output
    return folder


async def test_what_was_stored_is_there_again_and_whoever_was_forgotten_since_is_not(
    store: Store, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    gone, stays = await a_whole_person(store), await a_whole_person(store)
    async with store.transaction() as tx:
        before = await tx.exports.rows(stays.person)
    backup = await backed_up(database_url, tmp_path / "backup")
    marks = tmp_path / "marks.jsonl"
    async with store.transaction() as tx:
        done = await tx.forgetting.forget("school", gone.person.contact_id, who="a test")
    assert done
    line = {"event": "contact.forgotten", "client": "school", "marks": list(done.marks), "at": done.at.isoformat()}
    marks.write_text('{"event": "another"}\n' + json.dumps(line) + "\n")
    told = await ran(empty_url, "restore", str(backup), "--forgotten", str(marks))
    assert told.exit_code == 0, told.output
    assert "clients: school" in told.output and "1 forgotten again" in told.output
    async with Store.connect(empty_url) as restored:
        assert await where(restored, *gone.traces) == {}
        async with restored.transaction() as tx:
            after = await tx.exports.rows(stays.person)
    assert after["messages"] == before["messages"]
    assert {part["state"] for part in after["deliveries"]} == {"unknown"}
    standing = await standing_of(empty_url)
    assert what_is_missing(standing) is None


async def test_an_encrypted_one_opens_with_its_key_alone(
    store: Store, database_url: str, empty_url: str, tmp_path: Path
) -> None:
    whole = await a_whole_person(store)
    key, other = tmp_path / "key", tmp_path / "other"
    public, _ = a_key(key), a_key(other)
    backup = await backed_up(database_url, tmp_path / "backup", REMANSO_AGE_RECIPIENT=public)
    manifest = read_manifest(backup)
    assert manifest.encrypted
    assert (backup / manifest.dump).read_bytes().startswith(b"age-encryption.org/v1")
    assert whole.words.encode() not in b"".join(path.read_bytes() for path in backup.iterdir())
    without = await ran(empty_url, "restore", str(backup), "--nobody-forgotten")
    assert isinstance(without.exception, BadInput)
    wrong = await ran(empty_url, "restore", str(backup), "--nobody-forgotten", REMANSO_AGE_IDENTITY=str(other))
    assert isinstance(wrong.exception, OutsideFailed)
    right = await ran(empty_url, "restore", str(backup), "--nobody-forgotten", REMANSO_AGE_IDENTITY=str(key))
    assert right.exit_code == 0, right.output


async def test_a_restore_cut_off_keeps_services_out_and_goes_on_when_it_is_run_again(
    store: Store, database_url: str, empty_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_whole_person(store)
    backup = await backed_up(database_url, tmp_path / "backup")

    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for step in ("_load", "upgrade", "forget_again"):
        with monkeypatch.context() as patched:
            patched.setattr(restoring, step, die)
            with pytest.raises(KeyboardInterrupt):
                await asyncio.to_thread(restoring.restore, backup, empty_url)
        assert what_is_missing(await standing_of(empty_url)) == "restore"
    _, after, _ = await asyncio.to_thread(restoring.restore, backup, empty_url)
    assert after.parts >= 1
    assert what_is_missing(await standing_of(empty_url)) is None


async def test_people_may_look_first(store: Store, database_url: str, empty_url: str, tmp_path: Path) -> None:
    turn, closed = await a_turn(store), await a_turn(store)
    await answer(store, closed.id)
    await queue(store, closed.conversation_id, "hola")
    backup = await backed_up(database_url, tmp_path / "backup")
    wait = timedelta(minutes=5)
    await asyncio.to_thread(restoring.restore, backup, empty_url, hand_over=True, wait=wait)
    async with Store.connect(empty_url) as restored:
        async with restored.transaction() as tx:
            handed, other = [await tx.conversations.get(t.conversation_id) for t in (turn, closed)]
            assert handed and (handed.mode, handed.handoff_reason) == ("human", "restored from a backup")
            assert other and other.mode == "bot"
        (part,) = await deliveries(restored, closed.conversation_id)
        assert part.reconcile_at and part.reconcile_at - other.now > wait - timedelta(minutes=1)


async def test_after_a_recovery_of_postgresqls_own_the_same_is_done(store: Store, database_url: str) -> None:
    turn = await a_turn(store)
    await queue(store, turn.conversation_id, "hola")
    no = await ran(database_url, "restored", "--nobody-forgotten")
    assert no.exception, "it asks first"
    assert [part.state for part in await deliveries(store, turn.conversation_id)] == ["pending"]
    done = await ran(database_url, "restored", "--nobody-forgotten", "--yes", "--wait", "5")
    assert done.exit_code == 0, done.output
    assert [part.state for part in await deliveries(store, turn.conversation_id)] == ["unknown"]


async def test_what_cannot_be_meant_is_refused(store: Store, database_url: str, empty_url: str, tmp_path: Path) -> None:
    backup = await backed_up(database_url, tmp_path / "backup")
    assert oct(backup.stat().st_mode & 0o777) == "0o700"
    assert isinstance((await ran(database_url, "backup", str(backup))).exception, BadInput), "there is one"
    assert isinstance((await ran(empty_url, "backup", str(tmp_path / "empty"))).exception, BadInput), "no tables"
    assert not (tmp_path / "empty").exists()
    assert isinstance((await ran(empty_url, "restore", str(backup))).exception, BadInput), "who was forgotten?"
    over = await ran(database_url, "restore", str(backup), "--nobody-forgotten")
    assert isinstance(over.exception, BadInput) and "not empty" in str(over.exception)
    newer = backup / FILE
    good = newer.read_text()
    newer.write_text(good.replace(read_manifest(backup).schema_revision, "9999"))
    told = await ran(empty_url, "restore", str(backup), "--nobody-forgotten")
    assert "newer Remanso" in str(told.exception)
    newer.write_text(good)
    dump = backup / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-1])
    told = await ran(empty_url, "restore", str(backup), "--nobody-forgotten")
    assert "damaged" in str(told.exception)
    assert (await standing_of(empty_url)).empty, "nothing was begun"


async def test_a_dump_that_fails_leaves_nothing_and_shows_no_password(empty_url: str, tmp_path: Path) -> None:
    async with Store.connect(empty_url) as store, store.transaction() as tx:
        await tx.connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
        await tx.connection.execute(text("INSERT INTO alembic_version VALUES ('0022')"))
        await tx.connection.execute(text("CREATE TABLE contacts (client text)"))
    told = await ran(empty_url, "backup", str(tmp_path / "b"), "--age-recipient", "not a key")
    assert isinstance(told.exception, OutsideFailed)
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []
    password = empty_url.split(":")[2].partition("@")[0]
    assert password not in str(told.exception) + told.output
