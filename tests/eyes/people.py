"""Who walks: each role once for each language and theme, so that nothing has to be switched under an open page."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import product

from pwdlib import PasswordHash

from remanso.model.tokens import hashed, new_token
from remanso.store import Store
from tests.support.console import signed
from tests.support.desk import PASSWORD

CLIENT = "emprendemy"
ROLES = ("operator", "admin", "member")
LANGUAGES, THEMES = ("es", "en"), ("light", "dark")
LOCALES = {"es": "es-AR", "en": "en-US"}
NAMES = {"operator": "Olga Ríos", "admin": "Ana Díaz", "member": "Mateo Paz"}
STRANGER = "stranger"
"""Who is not signed in."""


@dataclass(frozen=True)
class Eyes:
    """One way to look at the console. `who` is a role, or STRANGER; `screen` is wide or phone."""

    who: str
    language: str
    theme: str
    screen: str

    @property
    def email(self) -> str:
        return f"{self.who}.{self.language}.{self.theme}@example.org"

    def __str__(self) -> str:
        return f"{self.who}-{self.language}-{self.theme}-{self.screen}"


async def enter_people(store: Store) -> None:
    """All of them, and each in the team of the client where their role is one of a client."""
    hash_ = PasswordHash.recommended().hash(PASSWORD)
    for who, language, theme in product(ROLES, LANGUAGES, THEMES):
        email = Eyes(who, language, theme, "").email
        async with store.transaction() as tx:
            user = await tx.users.add(email, NAMES[who], hash_, operator=who == "operator")
            assert user
            await tx.users.set_preferences(user.id, name=NAMES[who], language=language, theme=theme)
            if who != "operator":
                await tx.users.join(user.id, CLIENT, who)


async def a_cookie(store: Store, email: str, secret: str) -> str:
    """That of a session of theirs."""
    token = new_token()
    async with store.transaction() as tx:
        user = await tx.users.by_email(email)
        assert user
        await tx.sessions.begin(user.id, hashed(token), "open", "Chrome, Windows", timedelta(days=1))
    return signed({"token": token}, secret)
