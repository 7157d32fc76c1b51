"""Whoever adds a table has to say for how long its rows are kept, and why: in docs/data-care.md."""

import re
from collections import Counter
from pathlib import Path

from remanso.store.tables import metadata

PAGE = Path(__file__).parents[3] / "docs" / "data-care.md"


def test_every_table_has_a_rule_and_a_reason() -> None:
    section = PAGE.read_text("utf-8").partition("## Retention")[2].partition("## Export")[0]
    rows = [line.split("|")[1:-1] for line in section.splitlines() if line.startswith("| `")]
    told = Counter(name for row in rows for name in re.findall(r"`(\w+)`", row[0]))
    assert {table.name for table in metadata.sorted_tables} == set(told)
    assert all(kept.strip() and because.strip() for _, kept, because, _ in rows)
