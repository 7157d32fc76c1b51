from pathlib import Path

import pytest

from remanso.errors import ConfigurationError
from remanso.secrets import secret_from


def test_from_the_environment_or_from_the_file_it_names(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret\n")
    assert secret_from("TOKEN", {"TOKEN": " s3cret "}) == "s3cret"
    assert secret_from("TOKEN", {"TOKEN_FILE": str(tmp_path / "token"), "TOKEN": ""}) == "s3cret"
    assert secret_from("TOKEN", {}) == ""


def test_both_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cret")
    with pytest.raises(ConfigurationError, match="TOKEN and TOKEN_FILE are both set") as problem:
        secret_from("TOKEN", {"TOKEN_FILE": str(tmp_path / "token"), "TOKEN": "s3cret"})
    assert "s3cret" not in str(problem.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "odd").write_bytes(b"\xff\xfe")
    for path, reason in ((tmp_path / "none", "No such file"), (tmp_path, "directory"), (tmp_path / "odd", "no text")):
        with pytest.raises(ConfigurationError, match=rf"TOKEN_FILE names a file that cannot be read: .*{reason}"):
            secret_from("TOKEN", {"TOKEN_FILE": str(path)})
