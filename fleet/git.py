"""The system's git, run in a folder, without the user's prompts and with words for what went wrong.

A token never stands in a command line or a remote's URL: git asks `GIT_ASKPASS`, a script of one line that reads
it from the environment of that one git process.
"""

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
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

    def git(self, *words: str, token: SecretStr | None = None, env: Mapping[str, str] | None = None) -> str:
        """What `git words…` printed. Raises GitFailed."""
        return self.raw(*words, token=token, env=env).decode(errors="replace").rstrip("\n")

    def raw(self, *words: str, token: SecretStr | None = None, env: Mapping[str, str] | None = None) -> bytes:
        """The same as bytes, for archives."""
        with tempfile.TemporaryDirectory() as scratch:
            environment = _environment(token, Path(scratch)) | dict(env or {})
            ended = subprocess.run(
                ["git", *words], cwd=self.folder, env=environment, capture_output=True, timeout=SECONDS, check=False
            )
        if ended.returncode:
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

    def archive(self) -> bytes:
        """HEAD as a gzipped tar; the same commit gives the same bytes."""
        return self.raw("-c", "tar.tar.gz.command=gzip -cn", "archive", "--format=tar.gz", "HEAD")


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
