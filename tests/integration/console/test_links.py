"""Links that work once: what somebody finds who comes too late, twice, or as somebody else."""

from datetime import timedelta

from remanso.model.tokens import hashed, new_token
from remanso.store import Store
from remanso.store.users import User
from tests.support.console import SCHOOL, Visitors, a_user

FORM = {"sec-fetch-site": "same-origin", "accept": "text/html,*/*"}


async def invited(store: Store, email: str, lasts: timedelta = timedelta(days=1)) -> str:
    token = new_token()
    async with store.transaction() as tx:
        await tx.links.invite(hashed(token), email=email, client=SCHOOL, role="member", made_by="Ana Díaz", lasts=lasts)
    return f"/invitations/{token}"


async def a_reset(store: Store, user: User) -> str:
    token = new_token()
    async with store.transaction() as tx:
        await tx.links.reset(hashed(token), user.id, user.email, made_by="Ana Díaz", lasts=timedelta(hours=1))
    return f"/resets/{token}"


async def test_an_invitation_that_is_over_says_so(visitors: Visitors, store: Store) -> None:
    late = await invited(store, "late@example.org", timedelta(seconds=-1))
    good = await invited(store, "nora@example.org")
    stranger = visitors.browser()
    typed = {"name": "Nora", "password": "una clave bien larga"}
    assert (await stranger.post(good, **typed)).headers["location"] == "/"
    for path in (late, good, "/invitations/never-was"):
        answers = [await visitors.browser().get(path), await visitors.browser().post(path, **typed)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert all("Esta invitación ya no sirve" in answer.text for answer in answers)


async def test_whoever_is_signed_in_as_somebody_else_may_go_on_as_who_is_meant(
    visitors: Visitors, store: Store
) -> None:
    meant, other = await a_user(store), await a_user(store, academy="member")
    link = await invited(store, meant.email)
    browser = await visitors.as_user(other)
    page = (await browser.get(link)).text
    assert other.email in page
    assert f'name="next" value="{link}"' in page
    assert (await browser.post(link)).status_code == 422
    assert (await browser.post("/logout", next=link)).headers["location"] == link
    assert (await browser.get(link)).headers["location"].startswith("/login?next=")
    assert "Ya tenés una cuenta" in (await browser.get("/login", params={"next": link})).text
    owner = await visitors.as_user(meant)
    assert f"Te sumás como {meant.name}" in (await owner.get(link)).text
    assert (await owner.post(link)).headers["location"] == "/"


async def test_nobody_is_signed_out_to_another_site(visitors: Visitors, store: Store) -> None:
    browser = await visitors.as_user(await a_user(store, school="member"))
    assert (await browser.post("/logout", next="//evil.test")).headers["location"] == "/"


async def test_a_link_to_a_new_password_that_was_used_says_so(visitors: Visitors, store: Store) -> None:
    user, browser = await a_user(store, school="member"), visitors.browser()
    link = await a_reset(store, user)
    answer = await browser.post(link, password="un gato en la luna")
    assert answer.headers["location"] == "/login?done=password"
    assert "Tu contraseña nueva quedó guardada" in (await browser.get("/login?done=password")).text
    for again in (await browser.get(link), await browser.post(link, password="otro gato en la luna")):
        assert again.status_code == 404
        assert "Este enlace ya no sirve" in again.text
        assert "/login/forgotten" in again.text


async def test_a_form_whose_session_is_over_is_told_so_on_a_page(visitors: Visitors) -> None:
    answer = await visitors.browser().http.post("/account/preferences", data={"name": "Ana"}, headers=FORM)
    assert answer.status_code == 401
    assert "Tu sesión terminó" in answer.text
    script = {**FORM, "x-requested-with": "script"}
    assert (await visitors.browser().http.post("/account/preferences", headers=script)).text == "Sign in first."


async def test_a_wrong_code_is_told_in_its_own_card(visitors: Visitors, store: Store) -> None:
    browser = await visitors.as_user(await a_user(store, school="member"))
    await browser.post("/account/second-factor")
    page = (await browser.post("/account/second-factor/confirm", code="000000")).text
    card = page.partition('id="second-factor"')[2].partition("</section>")[0]
    assert "Ese código no es correcto" in card
    assert page.count('role="alert"') == 1
    assert 'href="otpauth://totp/Remanso:' in card
