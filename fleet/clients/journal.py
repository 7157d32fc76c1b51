"""What this tool has tried and made for one client: written down before it is tried, on the disk before it goes on.

The places themselves hold the truth and the marks of what is ours; the journal only decides what they cannot: whether
an unmarked thing of the right name was made by a run that died before it could mark it. It holds no secret.
"""

import fcntl
import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fleet.trouble import OutsideFailed


class Journal:
    """Kept in `<folder>/<client>.json`, readable by its owner alone; every action is a line of `audit.jsonl` there."""

    def __init__(self, folder: Path, client: str) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._client = client
        self._path, self._audit = folder / f"{client}.json", folder / "audit.jsonl"
        self._read()

    @contextmanager
    def held(self) -> Iterator[None]:
        """One run per client at a time; a killed run lets go. Raises OutsideFailed."""
        with self._path.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise OutsideFailed(
                    self._client, "another run works on this client", todo="wait until it has ended"
                ) from None
            self._read()
            yield

    @contextmanager
    def order(self, name: str) -> Iterator[None]:
        """`held`, and the order stands in the journal until it has come to its end: one that died has left a trace."""
        with self.held(), self.begun(name):
            yield

    @contextmanager
    def begun(self, name: str) -> Iterator[None]:
        """For whoever holds it already."""
        self._begun[name] = _now()
        self._keep(name, "begun")
        yield
        self._begun.pop(name)
        self._keep(name, "ended")

    def unfinished(self) -> str:
        """What was begun and has not ended, in words; empty where there is nothing."""
        try:
            with self.held():
                how = "did not end: run it again"
        except OutsideFailed:
            how = "is under way"
        return "; ".join(f"{name}, begun {at}, {how}" for name, at in self._begun.items())

    def intend(self, key: str) -> None:
        """It was not there, and is about to be made."""
        self._intended[key] = _now()
        self._keep(key, "intended")

    def intended(self, key: str) -> datetime | None:
        at = self._intended.get(key)
        return datetime.fromisoformat(at) if at else None

    def made(self, key: str) -> None:
        """It is there now, by our doing."""
        self._made[key] = _now()
        self._intended.pop(key, None)
        self._keep(key, "made")

    def was_made(self, key: str) -> bool:
        """Whether we made it, or died while we did."""
        return key in self._made or key in self._intended

    def undone(self, key: str) -> None:
        self._made.pop(key, None)
        self._intended.pop(key, None)
        self._keep(key, "undone")

    def note(self, key: str, value: Any) -> None:
        """Remember something that no place tells, such as a fingerprint."""
        self._notes[key] = value
        self._keep(key, "noted")

    def noted(self, key: str) -> Any:
        return self._notes.get(key)

    def audit(self, key: str, result: str) -> None:
        line = {"at": _now(), "operator": getpass.getuser(), "client": self._client, "step": key, "result": result}
        with open(self._audit, "a", encoding="utf-8", opener=_private) as lines:
            lines.write(json.dumps(line, ensure_ascii=False) + "\n")

    def _read(self) -> None:
        kept = json.loads(self._path.read_text("utf-8")) if self._path.exists() else {}
        self._begun: dict[str, str] = kept.get("begun", {})
        self._intended: dict[str, str] = kept.get("intended", {})
        self._made: dict[str, str] = kept.get("made", {})
        self._notes: dict[str, Any] = kept.get("notes", {})

    def _keep(self, key: str, result: str) -> None:
        part = self._path.with_suffix(".new")
        content = {
            "client": self._client,
            "begun": self._begun,
            "intended": self._intended,
            "made": self._made,
            "notes": self._notes,
        }
        with open(part, "w", encoding="utf-8", opener=_private) as file:
            json.dump(content, file, indent=1, ensure_ascii=False)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._path)
        self.audit(key, result)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
