"""Secrets by name: from the environment, a file encrypted with age, the operating system's keyring; in this order.

They live in memory only. Whatever is about to be shown goes through `Secrets.mask`.
"""

import hashlib
import hmac
import os
import subprocess
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from pydantic import SecretStr

from remanso.errors import ConfigurationError

SERVICE = "remanso"
"""Under which the keyring keeps them: `keyring set remanso NAME`."""
SHORTEST = 6
"""Shorter values are not masked: they would blot out words."""


class Secrets:
    """Raises ConfigurationError where the age file cannot be opened."""

    def __init__(
        self, age_file: Path | None = None, identity: Path | None = None, environ: Mapping[str, str] = os.environ
    ) -> None:
        self._age_file, self._identity, self._environ = age_file, identity, environ
        self._seen: set[str] = set()

    def find(self, name: str) -> SecretStr | None:
        """The secret called `name`, or None."""
        value = self._environ.get(name) or self._from_age.get(name) or _from_keyring(name)
        return self.remember(value.strip()) if value and value.strip() else None

    def need(self, name: str, what_for: str) -> SecretStr:
        """The secret called `name`. Raises ConfigurationError that says where it may stand."""
        return self.need_all({name: what_for})[name]

    def need_all(self, wanted: Mapping[str, str]) -> dict[str, SecretStr]:
        """All of these names, each with what it is for. Raises ConfigurationError that names all that are missing."""
        found = {name: self.find(name) for name in wanted}
        missing = [f"{name} ({wanted[name]})" for name, value in found.items() if value is None]
        if missing:
            are, them = ("is", "it") if len(missing) == 1 else ("are", "them")
            raise ConfigurationError(
                f"not set {are} {', '.join(missing)}. Put {them} into the environment, the age file that "
                f"REMANSO_SECRETS_FILE names, or the keyring: keyring set {SERVICE} NAME"
            )
        return {name: value for name, value in found.items() if value}

    def remember(self, value: str) -> SecretStr:
        """From now on `mask` hides this value, too."""
        self._seen.add(value)
        return SecretStr(value)

    def mask(self, text: str) -> str:
        """`text` without any secret handed out so far."""
        for secret in sorted(self._seen, key=len, reverse=True):
            if len(secret) >= SHORTEST:
                text = text.replace(secret, "••••")
        return text

    @cached_property
    def _from_age(self) -> Mapping[str, str]:
        if self._age_file is None:
            return {}
        return dict(line.split("=", 1) for line in self._opened(self._age_file).splitlines() if _assigns(line))

    def _opened(self, path: Path) -> str:
        identity = ["--identity", str(self._identity)] if self._identity else []
        try:
            ended = subprocess.run(
                ["age", "--decrypt", *identity, str(path)], capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            raise ConfigurationError("REMANSO_SECRETS_FILE needs the program `age`, which is not installed") from None
        if ended.returncode:
            raise ConfigurationError(f"age cannot open {path.name}; is REMANSO_AGE_IDENTITY the right key file?")
        return ended.stdout


def fingerprint(client: str, value: str) -> str:
    """Eight characters that change when a secret does, and tell nothing else: keyed and cut."""
    return hmac.new(f"remanso:{client}".encode(), value.encode(), hashlib.sha256).hexdigest()[:8]


def _assigns(line: str) -> bool:
    return "=" in line and not line.lstrip().startswith("#")


def _from_keyring(name: str) -> str | None:
    """None also where there is no keyring: servers have none."""
    import keyring  # of the extra `fleet`
    from keyring.errors import KeyringError

    try:
        return keyring.get_password(SERVICE, name)
    except KeyringError:
        return None
