"""A host with Docker, reached by the system's ssh: the client's files, its .env, `docker compose up`.

Commands are fixed texts; secrets and files go through standard input, never through an argument. A folder is ours when
it holds the mark this tool writes with its first file.
"""

import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import BinaryIO

from pydantic import SecretStr

from fleet.clients.steps import Finding, State, Step, Tell
from fleet.git import Repository
from fleet.inventory import HostPlan
from fleet.platforms.dump import whole_or_not_at_all
from fleet.platforms.platform import Config, Deployment, Platform
from fleet.trouble import Foreign, OutsideFailed, OutsideUnavailable

SECONDS = 1800.0
SERVICE = """'{{.Label "com.docker.compose.service"}}'"""
"""Docker's template for the service that a container belongs to; there is one line for each container."""
OWN_PASSWORDS = ("POSTGRES_PASSWORD", "RABBITMQ_PASSWORD", "REMANSO_CONSOLE_SECRET")
UP = "docker compose up --detach && sha256sum .env > .remanso-up"
BUILD_AND_UP = "docker compose up --detach --build --remove-orphans && sha256sum .env > .remanso-up"
UNPACK = """rm -f .remanso-commit && cat > .remanso-code && tar tzf .remanso-code | grep -v '/$' > .remanso-files.new &&
if [ -f .remanso-files ]; then while IFS= read -r file; do rm -f -- "$file"; done < .remanso-files; fi &&
tar xzf .remanso-code && mv .remanso-files.new .remanso-files && rm .remanso-code"""
"""Files that the commit before had and this one has not must not stay."""
UNREACHED = 255
"""ssh's own exit code; any other is the command's."""


@dataclass
class HostSite:
    plan: HostPlan
    client: str
    local: Repository
    values: Mapping[str, SecretStr]

    @property
    def folder(self) -> str:
        return f"{self.plan.folder}/{self.client}"

    def run(self, script: str, stdin: bytes = b"") -> str:
        """What a shell in the client's folder printed. Raises OutsideFailed, OutsideUnavailable."""
        where = f"cd {shlex.quote(self.folder)} && {script}"
        return self.bare(where, stdin)

    def bare(self, script: str, stdin: bytes = b"") -> str:
        """The same in the home of whoever logs in."""
        return self._ssh(script, stdin, subprocess.PIPE).decode(errors="replace").strip()

    def pour(self, script: str, into: BinaryIO) -> None:
        """What a shell in the client's folder printed, into a file."""
        self._ssh(f"cd {shlex.quote(self.folder)} && {script}", b"", into)

    def _ssh(self, script: str, stdin: bytes, stdout: BinaryIO | int) -> bytes:
        words = ["ssh", "-o", "BatchMode=yes", "-o", "ConnectTimeout=15", *self.plan.options, self.plan.address, script]
        try:
            ended = subprocess.run(
                words, input=stdin, stdout=stdout, stderr=subprocess.PIPE, timeout=SECONDS, check=False
            )
        except FileNotFoundError:
            raise OutsideFailed(self.plan.address, "the program ssh is not installed") from None
        except subprocess.TimeoutExpired:
            raise OutsideUnavailable(f"{self.plan.address}: no end within {SECONDS:.0f} s") from None
        said = ended.stderr.decode(errors="replace").strip().splitlines()
        if ended.returncode == UNREACHED:
            raise OutsideUnavailable(f"{self.plan.address}: {said[-1] if said else 'ssh failed'}")
        if ended.returncode:
            raise OutsideFailed(f"{self.plan.address}", said[-1] if said else f"ended with {ended.returncode}")
        return ended.stdout or b""

    def mark(self) -> str | None:
        """Whose folder it is; None where there is none, empty where nobody marked it."""
        folder = shlex.quote(self.folder)
        told = self.bare(f"if [ -d {folder} ]; then echo there; cat {folder}/.remanso-client 2>/dev/null || true; fi")
        return told.removeprefix("there").strip() if told else None

    def environment(self) -> dict[str, str]:
        """What .env says now."""
        lines = self.run("cat .env 2>/dev/null || true").splitlines()
        return {name: _read(value) for name, _, value in (line.partition("=") for line in lines) if name}

    def runs_with_other_variables(self) -> bool:
        """Containers were made before .env was last written; False also where there are none yet."""
        other = '[ -f .remanso-commit ] && [ "$(sha256sum .env)" != "$(cat .remanso-up 2>/dev/null)" ]'
        return self.run(f"if {other}; then echo yes; fi") == "yes"


class FolderStep(Step):
    key, title = "host", "Host and folder"

    def __init__(self, site: HostSite) -> None:
        self._site = site

    def look(self) -> Finding:
        site = self._site
        site.bare("docker compose version >/dev/null")
        mark = site.mark()
        if mark is None:
            return Finding(State.ABSENT, "Docker is there", f"make {site.folder}")
        if mark != site.client:
            raise Foreign(site.folder, "is not this client's", todo="set host.folder in the inventory to another place")
        return Finding(State.DONE, site.folder)

    def apply(self, tell: Tell) -> None:
        """Marked before it gets its name, so that it never stands there unmarked. What the shell of a run that died
        still does is done once: a folder is not moved into one that is there."""
        folder, site = shlex.quote(self._site.folder), self._site
        made = f"mkdir -p {folder}.new && cat > {folder}.new/.remanso-client && mv -T {folder}.new {folder}"
        site.bare(made, site.client.encode())

    def undo(self) -> str | None:
        if self._site.mark() != self._site.client:
            return None
        self._site.run("docker compose down --remove-orphans || true")  # volumes stay: they hold the conversations
        self._site.bare(f"mv {shlex.quote(self._site.folder)} {shlex.quote(self._site.folder)}.removed.$(date +%s)")
        return "stopped; folder moved aside, volumes kept"


class EnvironmentStep(Step):
    key, title = "config", "Variables in .env"

    def __init__(self, site: HostSite) -> None:
        self._site = site

    def look(self) -> Finding:
        if self._site.mark() is None:
            return Finding(State.WAITS, "", f"write {', '.join(self._wanted())}")
        there = self._site.environment()
        stale = [name for name, value in self._wanted().items() if there.get(name) != value]
        stale += [name for name in OWN_PASSWORDS if name not in there]
        if stale:
            return Finding(State.DIFFERS, f"{len(there)} there", f"write {', '.join(stale)}")
        if self._site.runs_with_other_variables():
            return Finding(State.DIFFERS, f"{len(there)} as wanted", "start the containers with them")
        return Finding(State.DONE, f"{len(there)} as wanted")

    def apply(self, tell: Tell) -> None:
        there = self._site.environment()
        own = {name: there.get(name) or token_urlsafe(24) for name in OWN_PASSWORDS}
        write_environment(self._site, {**there, **own, **self._wanted()})
        if self._site.runs_with_other_variables():
            self._site.run(UP)

    def _wanted(self) -> dict[str, str]:
        secrets = {name: value.get_secret_value() for name, value in self._site.values.items()}
        return {**self._site.plan.config, **secrets, "WEB_PORT": str(self._site.plan.port)}


class ComposeStep(Step):
    """The commit is written beside the containers once they run with it."""

    key, title = "build", "Code and containers"

    def __init__(self, site: HostSite) -> None:
        self._site = site

    def look(self) -> Finding:
        head = self._site.local.head() or ""
        if self._site.mark() is None:
            return Finding(State.WAITS, "", f"build and run {head[:8]}")
        running = self._site.run("cat .remanso-commit 2>/dev/null || true")
        if running == head and self._site.run("docker compose ps --services --status running"):
            return Finding(State.DONE, head[:8])
        return Finding(State.DIFFERS, running[:8] or "no code yet", f"build and run {head[:8]}")

    def apply(self, tell: Tell) -> None:
        self._site.run("cp -f .remanso-commit .remanso-commit.before 2>/dev/null || true")
        tell("building")
        bring_to_run(self._site, self._site.local.head() or "")


def bring_to_run(site: HostSite, commit: str) -> None:
    """Its files in place of those of the commit before, and containers made of them. As long as `.remanso-commit` is
    missing, nobody says what runs."""
    site.run(UNPACK, site.local.archive(commit))
    site.run(BUILD_AND_UP)
    site.run("cat > .remanso-commit", commit.encode())


class HostPlatform(Platform):
    def __init__(self, site: HostSite) -> None:
        self._site = site

    def steps(self) -> Sequence[Step]:
        return [FolderStep(self._site), EnvironmentStep(self._site), ComposeStep(self._site)]

    def url(self) -> str | None:
        return self._site.plan.url.rstrip("/")

    def back_up(self, target: Path) -> bool:
        """By the pg_dump of the database's own container."""
        site = self._site
        if site.mark() != site.client or not site.run("docker compose ps --all --quiet postgres"):
            return False
        with whole_or_not_at_all(target) as file:
            site.pour("docker compose exec -T postgres pg_dump --username=remanso --format=custom remanso", file)
        return True

    def status(self) -> Deployment:
        site = self._site
        if site.mark() is None:
            return Deployment(trouble="not provisioned")
        running = site.run(
            f"docker ps --filter label=com.docker.compose.project={site.client} --format {SERVICE}"
        ).split()
        commit = site.run("cat .remanso-commit 2>/dev/null || true") or None
        return Deployment(
            url=self.url(),
            commit=commit,
            behind=commit != site.local.head(),
            processes={name: running.count(name) for name in sorted(set(running))},
        )

    def deploy(self, tell: Tell) -> None:
        step = ComposeStep(self._site)
        if step.look().state is not State.DONE:
            step.apply(tell)

    def roll_back(self) -> str:
        before = self._site.run("cat .remanso-commit.before 2>/dev/null || true")
        if not before:
            raise OutsideFailed(self._site.folder, "no earlier commit to go back to")
        bring_to_run(self._site, before)
        return before[:8]

    def differing(self, values: Config) -> list[str]:
        there = self._site.environment()
        return [name for name, value in values.items() if there.get(name) != value]

    def set_config(self, values: Config) -> list[str]:
        stale = self.differing(values)
        if stale:
            there: dict[str, str | None] = {**self._site.environment(), **values}
            write_environment(self._site, {name: value for name, value in there.items() if value is not None})
        if self._site.runs_with_other_variables():  # also where the run before has died after writing
            self._site.run(UP)
        return stale

    def restart(self) -> None:
        self._site.run("docker compose restart web worker")

    def scale(self, processes: Mapping[str, int]) -> None:
        words = " ".join(f"--scale {shlex.quote(kind)}={count:d}" for kind, count in processes.items())
        self._site.run(f"docker compose up --detach {words}")

    def logs(self, lines: int) -> Iterator[str]:
        for line in self._site.run(f"docker compose logs --no-color --timestamps --tail {lines:d}").splitlines():
            container, _, said = line.partition("|")
            at, _, words = said.strip().partition(" ")
            yield f"{at} {container.strip()}: {words}"


def write_environment(site: HostSite, values: Mapping[str, str]) -> None:
    """Whole or not at all, readable by its owner alone; through standard input."""
    content = "".join(f"{name}={_written(value)}\n" for name, value in sorted(values.items()))
    site.run("umask 077 && cat > .env.new && mv .env.new .env", content.encode())


def _written(value: str) -> str:
    """In single quotes Compose takes a value as it is: no `$` names a variable, no `#` begins a comment."""
    return "'" + value.replace("'", "\\'") + "'"


def _read(written: str) -> str:
    quoted = len(written) > 1 and written[0] == written[-1] == "'"
    return written[1:-1].replace("\\'", "'") if quoted else written
