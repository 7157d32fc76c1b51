"""Secrets from the environment, an age file, the keyring; and how they are hidden."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from fleet.secrets.sources import Secrets, fingerprint
from remanso.errors import ConfigurationError


class Drawer(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[(service, username)] = password


@pytest.fixture(autouse=True)
def drawer() -> Iterator[Drawer]:
    before, ours = keyring.get_keyring(), Drawer()
    keyring.set_keyring(ours)
    yield ours
    keyring.set_keyring(before)


def reveal(secrets: Secrets, name: str) -> str:
    return secrets.need(name, "a test").get_secret_value()


def test_the_environment_wins_over_the_keyring(drawer: Drawer) -> None:
    drawer.set_password("remanso", "TOKEN", "from the keyring")
    assert reveal(Secrets(environ={}), "TOKEN") == "from the keyring"
    assert reveal(Secrets(environ={"TOKEN": "from the environment\n"}), "TOKEN") == "from the environment"


def test_what_is_nowhere_is_named_with_the_places_it_may_stand() -> None:
    assert Secrets(environ={}).find("TOKEN") is None
    with pytest.raises(ConfigurationError, match=r"not set is TOKEN \(a test\).*keyring set remanso NAME"):
        Secrets(environ={}).need("TOKEN", "a test")
    with pytest.raises(ConfigurationError, match=r"not set are A \(one\), C \(two\)\. Put them"):
        Secrets(environ={"B": "there"}).need_all({"A": "one", "B": "x", "C": "two"})


@pytest.mark.skipif(shutil.which("age") is None, reason="there is no age; Debian has it")
def test_an_age_file_is_opened_with_its_key_alone(tmp_path: Path) -> None:
    key, other, sealed = tmp_path / "key", tmp_path / "other", tmp_path / "secrets.age"
    for path in (key, other):
        subprocess.run(["age-keygen", "-o", str(path)], check=True, capture_output=True)
    to = subprocess.run(["age-keygen", "-y", str(key)], check=True, capture_output=True, text=True).stdout.strip()
    plain = "# fleet\nTOKEN=from=age\n"
    subprocess.run(["age", "-r", to, "-o", str(sealed)], input=plain, text=True, check=True)
    assert reveal(Secrets(sealed, key, environ={}), "TOKEN") == "from=age"
    with pytest.raises(ConfigurationError, match="REMANSO_AGE_IDENTITY"):
        Secrets(sealed, other, environ={}).find("TOKEN")


def test_whatever_was_handed_out_is_masked() -> None:
    secrets = Secrets(environ={"LONG": "abcdefgh-more", "SHORTER": "abcdefgh", "TINY": "a"})
    for name in ("SHORTER", "LONG", "TINY"):
        secrets.find(name)
    assert secrets.mask("say abcdefgh-more, abcdefgh or a") == "say ••••, •••• or a"


def test_a_fingerprint_tells_a_change_and_nothing_else() -> None:
    assert fingerprint("espiga", "one") == fingerprint("espiga", "one")
    assert len({fingerprint("espiga", "one"), fingerprint("espiga", "two"), fingerprint("hub", "one")}) == 3
