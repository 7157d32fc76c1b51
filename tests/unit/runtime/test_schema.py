"""Which database a service may begin to work on."""

from datetime import UTC, datetime

import pytest

from remanso.runtime.schema import what_is_missing
from remanso.store.migrate import newest
from remanso.store.standing import Standing


@pytest.mark.parametrize(
    ("revision", "restoring", "missing"),
    [
        (newest(), None, None),
        ("of-a-release-that-comes-later", None, None),
        ("0001", None, "migrate"),
        (None, None, "migrate"),
        (newest(), "a backup's id", "restore"),
        (None, "", "restore"),
    ],
)
def test_older_tables_are_waited_for_and_newer_ones_borne(
    revision: str | None, restoring: str | None, missing: str | None
) -> None:
    standing = Standing(revision, 17, datetime.now(UTC), restoring, empty=False)
    assert what_is_missing(standing) == missing
