"""Whoever adds a table that belongs to a conversation or a contact has to say what a merge does with it."""

from remanso.store.folding import MOVED
from remanso.store.tables import metadata

OF_CONTACTS = {"contact_aliases", "conversations", "contacts"}


def test_a_merge_knows_every_table_of_a_conversation_or_contact() -> None:
    owners = {"conversations": set[str](), "contacts": set[str]()}
    for table in metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column.table.name in owners:
                owners[key.column.table.name].add(table.name)
    assert owners["conversations"] - {"conversations"} == MOVED
    assert owners["contacts"] == OF_CONTACTS
