"""`remanso api-keys` against a real PostgreSQL."""

import asyncio

import pytest
from typer.testing import CliRunner, Result

from fleet.cli import app
from remanso.errors import BadInput
from remanso.store import Store
from remanso.store.scoped import Scope


def run(database_url: str, *words: str) -> Result:
    return CliRunner().invoke(app, ["api-keys", *words], env={"REMANSO_DATABASE_URL": database_url})


async def rows(database_url: str) -> list[tuple[str, list[str], bool]]:
    async with Store.connect(database_url) as store, store.transaction() as tx:
        keys = await tx.within(Scope(None)).keys.of_client("school")
        deeds = await tx.within(Scope(None)).deeds.latest("school")
        assert {deed.who for deed in deeds} == {"remanso api-keys"}
    return [(each.prefix, each.scopes, each.counts) for each in keys]


def test_a_key_is_made_listed_and_revoked_and_only_its_hash_is_kept(database_url: str) -> None:
    key = run(database_url, "create", "school", "--name", "CRM", "--scope", "read", "--scope", "write").output.strip()
    assert key.startswith("rmk_")
    listed = run(database_url, "list", "school").output
    assert key[:10] in listed
    assert key not in listed
    assert asyncio.run(rows(database_url)) == [(key[:10], ["read", "write"], True)]
    assert isinstance(run(database_url, "revoke", "academy", key[:10]).exception, BadInput)
    assert run(database_url, "revoke", "school", f"{key[:10]}…").exit_code == 0
    assert asyncio.run(rows(database_url)) == [(key[:10], ["read", "write"], False)]
    with pytest.raises(BadInput, match="no such key"):
        raise run(database_url, "revoke", "school", key[:10]).exception or AssertionError
