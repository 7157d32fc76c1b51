"""What a migration may not do to tables in use (docs/upgrades.md). Pure: SQL in, faults out.

The SQL is what Alembic writes without a database: one statement each, as it would run.
"""

import re
from collections.abc import Iterator, Sequence

_VOLATILE = re.compile(
    r"clock_timestamp|gen_random_uuid|random\(|nextval|timeofday|GENERATED .* AS IDENTITY|SERIAL", re.I
)
_CREATED = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", re.I)
_INDEXED = re.compile(r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY).*? ON (\w+)", re.I | re.S)
_ALTERED = re.compile(r"ALTER TABLE (?:IF EXISTS )?(?:ONLY )?(\w+) (.*)", re.I | re.S)
_CHANGED = re.compile(r"(?:UPDATE|DELETE FROM|INSERT INTO) (\w+)", re.I)
_CONTRACTS = re.compile(r"DROP (?:TABLE|COLUMN|TYPE|FUNCTION)|RENAME", re.I)
_ALWAYS = re.compile(r"\b(?:LOCK TABLE|VACUUM FULL|CLUSTER|REINDEX (?!.*CONCURRENTLY))", re.I)


def faults(statements: Sequence[str], *, contracts: bool = False) -> Iterator[str]:
    """What is wrong with one migration. `contracts`: it says that no running code uses what it takes away."""
    new = {found[1] for one in statements if (found := _CREATED.match(one))} | {"alembic_version"}
    for one in statements:
        if _ALWAYS.match(one):
            yield f"keeps everybody out: {one}"
        if _CONTRACTS.search(one) and not contracts:
            yield f"takes away what running code may use: {one}"
        if contracts and re.match(r"CREATE TABLE|ALTER TABLE .* ADD ", one, re.I):
            yield f"expands and contracts at once: {one}"
        if (found := _INDEXED.match(one)) and found[1] not in new:
            yield f"builds an index under a lock, not CONCURRENTLY: {one}"
        if (found := _CHANGED.match(one)) and found[1] not in new:
            yield f"changes rows of a table in use, all in one transaction: {one}"
        if (found := _ALTERED.match(one)) and found[1] not in new:
            yield from (f"{wrong}: {one}" for wrong in _of_altering(found[2]))


def _of_altering(change: str) -> Iterator[str]:
    if re.match(r"ADD COLUMN", change, re.I):
        default = re.search(r"DEFAULT", change, re.I)
        if _VOLATILE.search(change):
            yield "rewrites the table for a default that differs from row to row"
        if re.search(r"NOT NULL", change, re.I) and not default:
            yield "adds a column that old code, which does not know it, cannot fill"
        if re.search(r"REFERENCES|UNIQUE|CHECK|PRIMARY KEY", change, re.I):
            yield "adds a constraint that is checked under a lock"
    elif re.match(r"ADD (?:CONSTRAINT|FOREIGN|CHECK|UNIQUE|PRIMARY)", change, re.I):
        if not re.search(r"NOT VALID|USING INDEX", change, re.I):
            yield "checks every row under a lock: add it NOT VALID, and VALIDATE it in a migration of its own"
    elif re.match(r"ALTER COLUMN \w+ (?:SET DATA )?TYPE", change, re.I):
        yield "rewrites the table for another type"
    elif re.match(r"ALTER COLUMN \w+ SET NOT NULL", change, re.I):
        yield "reads the whole table under a lock"
