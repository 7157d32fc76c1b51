"""Signing in and staying in: what is guessed, planted, stolen or revoked."""

import pyotp
import pytest

from remanso.model.tokens import hashed
from remanso.store import Store
from remanso.store.users import User
from services.console.login.guessing import MOST_BY_ACCOUNT
from services.console.secrets.tokens import keyed
from tests.support.console import PASSWORD, SECRET, Browser, Visitors, a_user, signed


async def sign_in(browser: Browser, user: User, password: str = PASSWORD, next: str = "/") -> str:  # noqa: A002
    answer = await browser.post("/login", email=user.email, password=password, next=next)
    return str(answer.headers.get("location", answer.status_code))


async def reaches_account(browser: Browser) -> bool:
    return (await browser.get("/account")).status_code == 200


async def test_the_right_password_opens_and_signing_out_closes(visitors: Visitors, store: Store) -> None:
    user, browser = await a_user(store, school="member"), visitors.browser()
    assert await sign_in(browser, user, "something else") == "422"
    assert not await reaches_account(browser)
    assert await sign_in(browser, user, next="/account?done=") == "/account?done="
    assert await reaches_account(browser)
    kept = browser.http.cookies["remanso"]
    await browser.post("/logout")
    browser.http.cookies.set("remanso", kept, domain="console.test")
    assert not await reaches_account(browser)


async def test_a_planted_session_does_not_become_valuable(visitors: Visitors, store: Store) -> None:
    """Fixation: the token that a browser had before is not the one it has after the login."""
    user, browser = await a_user(store, school="member"), visitors.browser()
    browser.http.cookies.set("remanso", signed({"token": "planted"}), domain="console.test")
    await sign_in(browser, user)
    async with store.transaction() as tx:
        assert await tx.sessions.find(hashed("planted")) is None
    assert not await reaches_account(visitors.browser("planted"))
    assert await reaches_account(browser)


async def test_guessing_is_slowed_down_for_real_and_made_up_accounts_alike(visitors: Visitors, store: Store) -> None:
    user, browser = await a_user(store, school="member"), visitors.browser()
    made_up = User(user.id, "nobody@example.org", "", "", False, "es", "auto", None, None, 0)
    for account in (user, made_up):
        key = keyed(SECRET, "password", account.email)
        async with store.transaction() as tx:
            for _ in range(MOST_BY_ACCOUNT - 1):
                await tx.throttle.note([key])
        assert [await sign_in(browser, account, "wrong") for _ in range(2)] == ["422", "429"]
    assert await sign_in(browser, user) == "429"
    somebody_else = await a_user(store, school="member")
    assert await sign_in(visitors.browser(), somebody_else) == "/"


async def test_a_second_factor_is_asked_once_it_is_set_up(visitors: Visitors, store: Store) -> None:
    user, browser = await a_user(store, school="member"), visitors.browser()
    await sign_in(browser, user)
    await browser.post("/account/second-factor")
    async with store.transaction() as tx:
        known = await tx.users.get(user.id)
    assert known
    plain = visitors.console.second_factors.plain(user.id, known.totp_secret)
    assert plain
    assert known.totp_secret
    assert plain not in known.totp_secret
    codes = await browser.post("/account/second-factor/confirm", code=pyotp.TOTP(plain).now())
    recovery = codes.text.split("<li>")[-1].split("</li>")[0]

    other = visitors.browser()
    assert await sign_in(other, user) == "/login/code"
    assert not await reaches_account(other)
    assert (await other.post("/login/code", code="000000")).status_code == 422
    used = await other.post("/login/code", code=pyotp.TOTP(plain).now())
    assert used.status_code == 422  # it was taken when the factor was set up
    assert (await other.post("/login/code", code=recovery)).status_code == 303
    assert await reaches_account(other)
    third = visitors.browser()
    await sign_in(third, user)
    assert (await third.post("/login/code", code=recovery)).status_code == 422


async def test_others_can_be_signed_out_and_a_new_password_does_it(visitors: Visitors, store: Store) -> None:
    user = await a_user(store, school="member")
    first, second = visitors.browser(), visitors.browser()
    await sign_in(first, user)
    await sign_in(second, user)
    await first.post("/account/sessions/end-others")
    assert await reaches_account(first)
    assert not await reaches_account(second)
    await sign_in(second, user)
    await first.post("/account/password", present=PASSWORD, password="un gato en la luna")
    assert await reaches_account(first)
    assert not await reaches_account(second)
    assert await sign_in(second, user) == "422"
    assert await sign_in(second, user, "un gato en la luna") == "/"


@pytest.mark.parametrize(
    "evil", ["//evil.test", "/\\evil.test", "https://evil.test", "javascript:alert(1)", "/\t/evil"]
)
async def test_nobody_is_led_to_another_site(evil: str, visitors: Visitors, store: Store) -> None:
    user, browser = await a_user(store, school="member"), visitors.browser()
    assert await sign_in(browser, user, next=evil) == "/"
    assert (await browser.get("/login", params={"next": evil})).headers["location"] == "/"


# The six cases that made us choose asgi-cross-origin-protection; the last: what is no browser has no cookie to abuse.
@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"sec-fetch-site": "same-origin"}, False),
        ({"sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "same-site"}, True),
        ({"origin": "https://evil.test"}, True),
        ({"origin": "null"}, True),
        ({}, False),
    ],
)
async def test_another_site_cannot_post_for_us(
    headers: dict[str, str], refused: bool, visitors: Visitors, store: Store
) -> None:
    browser = await visitors.as_user(await a_user(store, school="member"))
    answer = await browser.http.post("/logout", headers=headers)
    assert (answer.status_code == 403) == refused
    assert await reaches_account(browser) == refused


async def test_pages_allow_no_script_of_others(visitors: Visitors, store: Store) -> None:
    page = await (await visitors.as_user(await a_user(store, school="admin"))).get("/clients/school/team")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert page.headers["cache-control"] == "no-store"
    assert " style=" not in page.text
    assert " onclick" not in page.text


async def test_markup_in_a_name_stays_text(visitors: Visitors, store: Store) -> None:
    browser = await visitors.as_user(await a_user(store, school="admin"))
    await browser.post("/account/preferences", name="<script>alert(1)</script>", language="en", theme="dark")
    page = (await browser.get("/clients/school/team")).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
