"""Migrations run while services work: none locks a table for long, or takes away what running code uses.

The rules hold from 0018 on; those before ran before there was anything to keep running.
"""

import io
from collections.abc import Iterator

import pytest
from alembic import command
from alembic.script import Script, ScriptDirectory

from remanso.store.migrate import configuration
from tests.support.migration_rules import faults

FIRST = "0018"

IN_ORDER = list(reversed(list(ScriptDirectory.from_config(configuration()).walk_revisions())))
RULED = IN_ORDER[[script.revision for script in IN_ORDER].index(FIRST) :]


def statements(script: Script) -> Iterator[str]:
    """What it would run, without a database."""
    written = io.StringIO()
    config = configuration()
    config.output_buffer = written
    command.upgrade(config, f"{script.down_revision}:{script.revision}", sql=True)
    for one in written.getvalue().split(";\n"):
        lines = [line for line in one.splitlines() if line.strip() and not line.startswith("--")]
        if lines and lines[0].strip(" ;") not in ("BEGIN", "COMMIT"):
            yield " ".join(line.strip() for line in lines)


@pytest.mark.parametrize("script", RULED, ids=lambda script: script.revision)
def test_it_may_run_while_services_work(script: Script) -> None:
    """`contracts` in a migration's module says since which release nothing uses what it takes away.

    `judged` there holds statements (by their beginning) that are harmless for a reason, which stands beside each.
    """
    judged = getattr(script.module, "judged", {})
    contracts = bool(getattr(script.module, "contracts", ""))
    found = [one for one in statements(script) if not one.startswith(tuple(judged))]
    assert list(faults(found, contracts=contracts)) == []
    assert all(reason for reason in judged.values())


def test_the_rules_see_what_they_are_for() -> None:
    wrong = {
        "CREATE INDEX ix ON messages (wamid)": "CONCURRENTLY",
        "CREATE UNIQUE INDEX ix ON messages (wamid)": "CONCURRENTLY",
        "ALTER TABLE messages ADD COLUMN a UUID DEFAULT gen_random_uuid()": "rewrites",
        "ALTER TABLE messages ADD COLUMN a BIGINT GENERATED ALWAYS AS IDENTITY": "rewrites",
        "ALTER TABLE messages ADD COLUMN a TEXT NOT NULL": "cannot fill",
        "ALTER TABLE messages ADD COLUMN a UUID REFERENCES turns (id)": "constraint",
        "ALTER TABLE messages ADD CONSTRAINT c CHECK (a > 0)": "NOT VALID",
        "ALTER TABLE messages ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES turns (id)": "NOT VALID",
        "ALTER TABLE messages ALTER COLUMN a TYPE BIGINT": "another type",
        "ALTER TABLE messages ALTER COLUMN a SET NOT NULL": "whole table",
        "ALTER TABLE messages DROP COLUMN a": "takes away",
        "ALTER TABLE messages RENAME COLUMN a TO b": "takes away",
        "DROP TABLE messages": "takes away",
        "UPDATE messages SET a = 1": "changes rows",
        "LOCK TABLE messages": "keeps everybody out",
    }
    for statement, word in wrong.items():
        told = list(faults([statement]))
        assert told and word in told[0], statement
    right = [
        "CREATE TABLE fresh (id UUID NOT NULL)",
        "CREATE INDEX ix_fresh ON fresh (id)",
        "INSERT INTO fresh (id) VALUES (gen_random_uuid())",
        "CREATE INDEX CONCURRENTLY ix ON messages (wamid)",
        "ALTER TABLE messages ADD COLUMN a TEXT",
        "ALTER TABLE messages ADD COLUMN a BOOLEAN DEFAULT false NOT NULL",
        "ALTER TABLE messages ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
        "ALTER TABLE messages ALTER COLUMN a DROP NOT NULL",
        "ALTER TABLE messages DROP CONSTRAINT c",
    ]
    assert list(faults(right)) == []
    assert list(faults(["ALTER TABLE messages DROP COLUMN a"], contracts=True)) == []
    assert list(faults(["ALTER TABLE m DROP COLUMN a", "CREATE TABLE t (id INT)"], contracts=True))
