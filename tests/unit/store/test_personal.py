"""Whoever adds a table or a column has to say whether it is personal, and what forgetting its person does with it."""

import pytest

from remanso.store.personal import PERSONAL
from remanso.store.tables import metadata

TABLES = {table.name: table for table in metadata.sorted_tables}


def test_every_table_is_told_of() -> None:
    assert set(PERSONAL) == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_every_column_is_told_of_once(name: str) -> None:
    holding = PERSONAL[name]
    assert holding.columns == {column.name for column in TABLES[name].columns}
    told = [*holding.personal.split(), *holding.plain.split()]
    assert len(told) == len(set(told))


@pytest.mark.parametrize("name", [name for name, holding in PERSONAL.items() if holding.rows == "cleared"])
def test_what_is_cleared_can_be(name: str) -> None:
    for column in PERSONAL[name].personal_columns:
        found = TABLES[name].columns[column]
        assert found.nullable or found.server_default is not None, column


@pytest.mark.parametrize("name", TABLES)
def test_rows_about_a_person_are_found_by_them(name: str) -> None:
    assert (PERSONAL[name].of == "false") == (PERSONAL[name].rows == "left")


def test_nothing_that_is_kept_refers_to_what_is_deleted() -> None:
    """But by its conversation, which forgetting changes."""
    for name, table in TABLES.items():
        if PERSONAL[name].rows == "cleared":
            owners = {key.column.table.name for key in table.foreign_keys}
            assert {owner for owner in owners if PERSONAL[owner].rows == "deleted"} <= {"conversations"}, name
