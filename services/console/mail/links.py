"""Letters with a secret link: it lies in them sealed, and goes only while it is good."""

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta

from uuid_utils.compat import uuid7

from remanso.model.tokens import hashed, new_token
from remanso.store import Transaction
from remanso.store.letters import Letter
from services.console.console import Console
from services.console.secrets.sealed import Sealing

PURPOSE = "letter"
FORGOTTEN_LASTS = timedelta(hours=1)


@dataclass(frozen=True)
class Opened:
    """What a letter's seal held: the link's path here, and who made it."""

    path: str = field(repr=False)
    by: str


async def write(
    console: Console, tx: Transaction, kind: str, path: str, recipient: str, *, language: str, client: str, made_by: str
) -> None:
    """A letter with a secret link, in the transaction that makes the link. Nothing happens where mail is off."""
    if not console.settings.sends_mail:
        return
    letter_id = uuid7()
    sealed = _sealing(console).seal(letter_id, json.dumps({"path": path, "by": made_by}))
    await tx.letters.add(letter_id, kind, recipient, language=language, client=client, sealed=sealed)


async def new_link(console: Console, letter: Letter) -> Letter | None:
    """One that was asked for, with a link for whoever has its address. None: nobody has, or somebody else sends it."""
    token = new_token()
    sealed = _sealing(console).seal(letter.id, json.dumps({"path": f"/resets/{token}", "by": ""}))
    async with console.store.transaction() as tx:
        user = await tx.users.by_email(letter.recipient)
        if user is None or not await tx.letters.seal(letter, sealed, user.language):
            return None
        await tx.links.reset(hashed(token), user.id, user.email, made_by=letter.kind, lasts=FORGOTTEN_LASTS)
        await tx.audit.note(user.name, "password.forgotten", user_id=user.id)
    return replace(letter, sealed=sealed, language=user.language)


async def still_good(console: Console, letter: Letter) -> Opened | None:
    """Its link. None: there is none, or it was used, withdrawn, overtaken by another or is too old by now."""
    opened = json.loads(_sealing(console).open(letter.id, letter.sealed) or "null")
    if opened is None:
        return None
    async with console.store.transaction() as tx:
        link = await tx.links.find(hashed(str(opened["path"]).rpartition("/")[2]))
    return Opened(**opened) if link else None


def _sealing(console: Console) -> Sealing:
    return Sealing(console.secret, PURPOSE)
