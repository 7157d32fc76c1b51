import pytest

from remanso.plugin.compatibility import fits, parse_range


@pytest.mark.parametrize(
    ("version", "text", "answer"),
    [
        ("0.1.0", ">=0.1,<1", True),
        ("0.1.0", ">=0.1.0", True),
        ("1.0", "==1", True),
        ("0.9.12", ">=0.9.9,<1", True),
        ("1.0.0", ">=0.1,<1", False),
        ("0.1.0", ">0.1", False),
        ("0.2", "!=0.2.0", False),
        ("2.0", " >= 1 , <= 2 ", True),
        ("0.2.0.dev1", ">=0.2", True),
    ],
)
def test_fits(version: str, text: str, answer: bool) -> None:
    assert fits(version, text) is answer


@pytest.mark.parametrize("text", ["", "latest", "0.1", ">=", ">=0.1;<1", ">=0.1,", "~=1.0", ">=1.x"])
def test_unreadable_ranges_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected conditions"):
        parse_range(text)
