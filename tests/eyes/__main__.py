"""`python -m tests.eyes [--pictures FOLDER] [--only admin-es-light-wide …]`: the whole product, walked through.

Says what is wrong with each page and ends with 1 if anything is. Pictures go to FOLDER, with sheets of many in one.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from uuid import UUID

from playwright.async_api import Browser, async_playwright
from pwdlib import PasswordHash

from fleet.local.stack import LocalStack
from remanso.model.tokens import hashed, new_token
from remanso.store import Store
from remanso.store.scoped import Scope
from tests.eyes import deeds
from tests.eyes.people import CLIENT, LANGUAGES, ROLES, STRANGER, THEMES, Eyes, a_cookie, enter_people
from tests.eyes.places import places
from tests.eyes.scenery import EVERYTHING, WAITING, arrange
from tests.eyes.sheet import lay_out
from tests.eyes.walk import SCREENS, Walk, walking
from tests.support.browser import ARGUMENTS, chromium_path
from tests.support.clients import lay_out_clients
from tests.support.desk import PASSWORD, Desk
from tests.support.mail import mail_server

SECRET = "what only these walks know, and long enough"


@dataclass(frozen=True)
class Ground:
    """All that a walk walks on."""

    desk: Desk
    store: Store
    conversations: Mapping[str, UUID]
    items: Mapping[str, UUID]
    pictures: Path | None

    async def walk(self, eyes: Eyes) -> Walk:
        cookie = None if eyes.who == STRANGER else await a_cookie(self.store, eyes.email, SECRET)
        origin = self.desk.stack.console_url
        async with walking(self.desk.chromium, eyes, origin, cookie, self.pictures) as walk:
            links = await self._links(eyes)
            for name, path in places(eyes.who, self.conversations, self.items).items():
                await walk.go(name, path.format(**links))
            if eyes.who == "admin":
                await deeds.as_an_admin(walk, f"/conversations/{self.conversations[WAITING]}")
            if eyes.who == STRANGER:
                await deeds.as_a_stranger(walk, links["email"])
                await deeds.with_a_second_factor(walk, links["email"])
        return walk

    async def _links(self, eyes: Eyes) -> dict[str, str]:
        """A person of their own for strangers, with an invitation and a way to a new password."""
        invitation, reset, email = new_token(), new_token(), deeds.second_factor_of(eyes)
        async with self.store.transaction() as tx:
            user = await tx.users.add(email, "Fátima Factor", PasswordHash.recommended().hash(PASSWORD))
            if user:
                await tx.users.join(user.id, CLIENT, "member")
                await tx.users.set_preferences(user.id, name=user.name, language=eyes.language, theme=eyes.theme)
                await tx.links.reset(hashed(reset), user.id, email, made_by="Ana Díaz", lasts=timedelta(hours=1))
            await tx.links.invite(
                hashed(invitation),
                email=f"new.{eyes}@example.org",
                client=CLIENT,
                role="member",
                made_by="Ana Díaz",
                lasts=timedelta(days=1),
            )
        return {"invitation": invitation, "reset": reset, "email": email}


@asynccontextmanager
async def ground(pictures: Path | None) -> AsyncIterator[Ground]:
    """The whole product with its scenery, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="remanso-eyes-") as name:
        folder = Path(name)
        async with mail_server() as mails:
            environment = {
                "SHOP_LEDGER": str(folder / "ledger.txt"),
                "REMANSO_CONSOLE_SECRET": SECRET,
                "REMANSO_CONSOLE_SMTP_HOST": "127.0.0.1",
                "REMANSO_CONSOLE_SMTP_PORT": str(mails.port),
                "REMANSO_CONSOLE_SMTP_SECURITY": "none",
                "REMANSO_CONSOLE_SMTP_FROM": "Remanso <bot@example.org>",
            }
            clients = lay_out_clients(folder / "clients", "shop")
            async with (
                LocalStack(clients_dir=clients, environment=environment) as stack,
                Store.connect(stack.database_url, name="eyes") as store,
                async_playwright() as playwright,
            ):
                browser = await playwright.chromium.launch(executable_path=chromium_path(), args=ARGUMENTS)
                await enter_people(store)
                desk = Desk(browser, stack)
                conversations = await arrange(desk, store)
                yield Ground(desk, store, conversations, await _items(store, conversations), pictures)
                await browser.close()


async def _items(store: Store, conversations: Mapping[str, UUID]) -> dict[str, UUID]:
    async with store.transaction() as tx:
        offers = await tx.within(Scope(None)).offers.of(CLIENT, "courses")
        known = await tx.conversations.get(conversations[EVERYTHING])
    assert known
    return {"item": offers[0].id, "contact": known.contact_id}


def every_pair() -> Iterator[Eyes]:
    for who, language, theme, screen in product((STRANGER, *ROLES), LANGUAGES, THEMES, SCREENS):
        yield Eyes(who, language, theme, screen)


async def main(only: list[str], pictures: Path | None) -> int:
    asked = [eyes for eyes in every_pair() if not only or any(str(eyes).startswith(each) for each in only)]
    wrong = 0
    async with ground(pictures) as stage:
        for eyes in asked:
            walk = await stage.walk(eyes)
            for name, what in walk.wrong:
                print(f"{eyes} {name}: {what}")
            wrong += len(walk.wrong)
            print(f"{eyes}: {len(walk.wrong)} wrong", file=sys.stderr)
            if pictures:
                await _sheets(stage.desk.chromium, walk, pictures)
    return 1 if wrong else 0


async def _sheets(browser: Browser, walk: Walk, folder: Path) -> None:
    each, across = (780, 2) if walk.eyes.screen == "wide" else (380, 4)
    many = across * 2
    for place in range(0, len(walk.taken), many):
        file = folder / f"sheet-{walk.eyes}-{place // many + 1}.png"
        await lay_out(browser, walk.taken[place : place + many], file, each=each, across=across)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.eyes", description=__doc__)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    asked = parser.parse_args()
    sys.exit(asyncio.run(main(asked.only, asked.pictures)))
