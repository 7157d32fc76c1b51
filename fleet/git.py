"""The system's git, run in a folder, without the user's prompts and with words for what went wrong.

A token never stands in a command line or a remote's URL: git asks `GIT_ASKPASS`, a script of one line that reads
it from the environment of that one git process.
"""

import fcntl
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from remanso.errors import RemansoError

ASKPASS = "#!/bin/sh\nexec printenv REMANSO_GIT_PASSWORD\n"
SECONDS = 120.0
_IDENTITY = {
    "GIT_AUTHOR_NAME": "Remanso",
    "GIT_AUTHOR_EMAIL": "remanso@localhost",
    "GIT_COMMITTER_NAME": "Remanso",
    "GIT_COMMITTER_EMAIL": "remanso@localhost",
}


class GitFailed(RemansoError):
    """git ended with an error; the text is its last line."""


class Repository:
    """A work tree (or a bare repository) at `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def git(
        self,
        *words: str,
        token: SecretStr | None = None,
        env: Mapping[str, str] | None = None,
        fine: Sequence[int] = (0,),
    ) -> str:
        """What `git words…` printed; `fine` are the codes it may end with. Raises GitFailed."""
        return self.raw(*words, token=token, env=env, fine=fine).decode(errors="replace").rstrip("\n")

    def raw(
        self,
        *words: str,
        token: SecretStr | None = None,
        env: Mapping[str, str] | None = None,
        fine: Sequence[int] = (0,),
    ) -> bytes:
        """The same as bytes, for archives."""
        with tempfile.TemporaryDirectory() as scratch:
            environment = _environment(token, Path(scratch)) | dict(env or {})
            try:
                ended = subprocess.run(
                    ["git", *words], cwd=self.folder, env=environment, capture_output=True, timeout=SECONDS, check=False
                )
            except OSError:
                raise GitFailed(f"git {words[0]}: {self.folder} is no folder, or git is not installed") from None
            except subprocess.TimeoutExpired:
                raise GitFailed(f"git {words[0]}: no end within {SECONDS:.0f} s") from None
        if ended.returncode not in fine:
            raise GitFailed(f"git {words[0]}: {_last_words(ended.stderr)}")
        return ended.stdout

    def exists(self) -> bool:
        """Whether the folder itself is the root of a repository."""
        return (self.folder / ".git").exists()

    def head(self) -> str | None:
        """The commit that is checked out; None before the first."""
        try:
            return self.git("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        except GitFailed:
            return None

    def is_clean(self) -> bool:
        return not self.git("status", "--porcelain")

    def unmerged(self) -> list[str]:
        """Files in which two changes met."""
        return self.git("diff", "--name-only", "--diff-filter=U").splitlines()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One process and thread at a time; others wait. Who dies lets go."""
        with Path(self.git("rev-parse", "--absolute-git-dir"), "remanso.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def contains(self, commit: str) -> bool:
        """Whether `commit` is HEAD or one of its ancestors."""
        try:
            self.git("merge-base", "--is-ancestor", commit, "HEAD")
        except GitFailed:
            return False
        return True

    def begin(self, message: str) -> None:
        """Make the folder a repository whose first commit is all that lies there."""
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit_all(message)

    def commit_all(self, message: str) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def archive(self, commit: str = "HEAD") -> bytes:
        """A commit as a gzipped tar; the same commit gives the same bytes."""
        return self.raw("-c", "tar.tar.gz.command=gzip -cn", "archive", "--format=tar.gz", commit)


def _environment(token: SecretStr | None, scratch: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_DIR", "GIT_WORK_TREE"))}
    identity = {name: kept.get(name, value) for name, value in _IDENTITY.items()} if not _has_identity() else {}
    quiet = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    if token is None:
        return kept | identity | quiet
    askpass = scratch / "askpass"
    askpass.write_text(ASKPASS)
    askpass.chmod(0o700)
    password = {"GIT_ASKPASS": str(askpass), "REMANSO_GIT_PASSWORD": token.get_secret_value()}
    return kept | identity | quiet | password


def _has_identity() -> bool:
    asked = subprocess.run(["git", "config", "--get", "user.email"], capture_output=True, check=False)
    return asked.returncode == 0


def _last_words(stderr: bytes) -> str:
    lines = [line for line in stderr.decode(errors="replace").splitlines() if line.strip()]
    telling = next((line for line in lines if re.match(r"(fatal|error|!|remote):", line.strip())), None)
    return (telling or (lines[-1] if lines else "it said nothing")).strip()
