"""Bringing the template's new version to clients: into their folders, or to GitHub as pull requests."""

from typing import Annotated, Literal

import typer

from fleet.clients.account import Account
from fleet.clients.update import Updated, cloned, merge, update
from fleet.git import Repository
from fleet.github.pulls import propose
from fleet.orders.crowd import ask_all
from fleet.orders.selection import AsJson, Clients, accounts_of, report

Language = Literal["es", "en"]
TITLE = {"es": "Plantilla {after}", "en": "Template {after}"}
NEEDS_A_PERSON = {"es": ", con partes para resolver a mano", "en": ", with parts for a person to settle"}
BODY = {
    "es": "Trae las mejoras de la plantilla de {before} a {after}. Lo que es del cliente no se toca.",
    "en": "Brings what the template has learnt from {before} to {after}. What is the client's stays untouched.",
}
CONFLICT = {
    "es": "En `{file}` se cruzaron dos cambios: quedaron las líneas de este repositorio. La plantilla quería:",
    "en": "In `{file}` two changes met: this repository's lines were kept. The template wants:",
}


def update_template(
    clients: Clients = None,
    version: Annotated[str | None, typer.Option(help="Of the template; the newest where left out.")] = None,
    push: Annotated[bool, typer.Option("--push", help="Open or update a pull request to GitHub's main.")] = False,
    direct: Annotated[bool, typer.Option("--direct", help="Push to GitHub's main what merges; no request.")] = False,
    as_json: AsJson = False,
) -> None:
    """copier's three-way merge. In each client's folder, committed; or with --push or --direct on GitHub.

    Where two changes meet, a folder and main stay as they are; a pull request keeps the client's lines and shows the
    template's. Ends with 1 where that happened.
    """
    told = "update-template"

    def work(account: Account) -> str:
        return _on_github(account, version, direct=direct) if push or direct else _in_folder(account, version)

    answers = ask_all(accounts_of(clients), work, at_once=1, order=told)  # copier changes the process's folder
    report(answers, as_json, worse=any("conflict" in (answer.result or "") for answer in answers.values()))


def _in_folder(account: Account, version: str | None) -> str:
    done = update(account.plan.folder, version)
    if done.outcome == "conflict":
        return f"{done}: nothing was changed. Settle it: cd {account.plan.folder} && copier update"
    return str(done)


def _on_github(account: Account, version: str | None, *, direct: bool) -> str:
    site = account.github
    with cloned(site.remote, token=site.token) as clone:
        done = merge(clone, version)
        if done.outcome == "current":
            return str(done)
        if direct:
            return _straight(account, clone, done)
        language = account.config.language
        return f"{done}: {propose(site, clone, _title(language, done), _body(language, done))}"


def _straight(account: Account, clone: Repository, done: Updated) -> str:
    if done.outcome == "conflict":
        return f"{done}: nothing was pushed; with --push it becomes a pull request"
    clone.git("push", "--quiet", account.github.remote, "HEAD:refs/heads/main", token=account.github.token)
    return f"{done}: pushed to main; git pull in {account.plan.folder}"


def _title(language: Language, done: Updated) -> str:
    return TITLE[language].format(after=done.after) + (NEEDS_A_PERSON[language] if done.conflicts else "")


def _body(language: Language, done: Updated) -> str:
    parts = [BODY[language].format(before=done.before, after=done.after)]
    for file, wanted in done.conflicts.items():
        parts += [CONFLICT[language].format(file=file), f"```diff\n{wanted}\n```"]
    return "\n\n".join(parts)
