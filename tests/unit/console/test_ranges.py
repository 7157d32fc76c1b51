"""Parts of files as players ask for them."""

import pytest

from services.console.media.ranges import part_of


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("bytes=0-", (0, 10)),
        ("bytes=0-1", (0, 2)),
        ("bytes=4-99", (4, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=0-1,4-5", None),
        ("bytes=-", None),
        ("pages=1-2", None),
    ],
)
def test_a_part_is_understood_or_the_whole_is_sent(header: str | None, part: tuple[int, int] | None) -> None:
    assert part_of(header, 10) == part


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=5-4", "bytes=-0"])
def test_a_part_outside_is_refused(header: str) -> None:
    with pytest.raises(ValueError, match="of 10 bytes"):
        part_of(header, 10)
