"""Pages that nobody comes to by an address alone: after a form, a file or a code."""

import re

import pyotp
from playwright.async_api import expect

from tests.eyes.people import Eyes
from tests.eyes.places import HOME
from tests.eyes.walk import Walk
from tests.support.desk import PASSWORD

WRONG_SHEET = "id;name;price\nexcel-inicial;Excel;120.000\nExcel Avanzado;;1\n"


async def sign_in(walk: Walk, email: str, password: str = PASSWORD) -> None:
    await walk.page.goto(f"{walk.origin}/login")
    await walk.page.locator("[name=email]").fill(email)
    await walk.page.locator("[name=password]").fill(password)
    await _press(walk)


async def as_a_stranger(walk: Walk, forgetful: str) -> None:
    """What stands there when a form was wrong, and when it was right."""
    await sign_in(walk, "nobody@example.org", "wrong")
    await walk.look("login-wrong")
    await walk.page.goto(f"{walk.origin}/login/forgotten")
    await walk.page.locator("[name=email]").fill(forgetful)
    await _press(walk)
    await walk.look("forgotten-asked")


async def with_a_second_factor(walk: Walk, email: str) -> None:
    """Set up, wrong and right, used, and seen afterwards."""
    await sign_in(walk, email)
    await walk.page.goto(f"{walk.origin}/account")
    await walk.page.locator("form[action='/account/second-factor'] button").click()
    await walk.look("factor-proposed")
    secret = re.sub(r"\s", "", await walk.page.locator("#second-factor code").inner_text())
    await walk.page.locator("#second-factor [name=code]").fill("000000")
    await walk.page.locator("form[action^='/account/second-factor/confirm'] button").click()
    await walk.look("factor-wrong")
    await walk.page.locator("#second-factor [name=code]").fill(pyotp.TOTP(secret).now())
    await walk.page.locator("form[action^='/account/second-factor/confirm'] button").click()
    await walk.look("factor-recovery")
    codes = await walk.page.locator("main li").all_inner_texts()
    recovery = [each for each in codes if re.fullmatch(r"[a-z0-9]{4}(-[a-z0-9]{4}){2}", each)]
    await walk.page.goto(f"{walk.origin}/account")
    await walk.look("factor-on")
    await walk.page.context.clear_cookies()
    await sign_in(walk, email)
    await walk.look("code")
    await walk.page.locator("[name=code]").fill("000000")
    await _press(walk)
    await walk.look("code-wrong")
    await walk.page.locator("[name=code]").fill(recovery[0])
    await _press(walk)
    await expect(walk.page.locator("main#main")).to_be_visible()
    await walk.page.goto(f"{walk.origin}/account")
    await walk.look("factor-used")


async def as_an_admin(walk: Walk, dialog: str) -> None:
    """A file with mistakes, a form with mistakes, and the word taken in a dialog."""
    await walk.page.goto(f"{walk.origin}{HOME}/catalogue/courses/file/import")
    await walk.page.locator("[name=file]").set_input_files(
        {"name": "cursos.csv", "mimeType": "text/csv", "buffer": WRONG_SHEET.encode("cp1252")}
    )
    await walk.page.locator("form[enctype] button").click()
    await walk.look("import-wrong")
    await walk.page.goto(f"{walk.origin}{HOME}/catalogue/courses/new")
    await walk.page.locator("main form button").first.click()
    await walk.look("item-wrong")
    await walk.page.goto(f"{walk.origin}{dialog}")
    await walk.page.locator("[data-key=t]").first.click()
    await expect(walk.page.locator("[data-for=reply] [data-say] textarea")).to_be_visible()
    await walk.look("dialog-mine")
    await walk.page.locator("[data-tab=note]").click()
    await walk.look("dialog-note")
    await walk.page.locator("[data-key=b]").click()
    await expect(walk.page.locator("[data-key=t]").first).to_be_visible()


def second_factor_of(eyes: Eyes) -> str:
    """Whose: nobody else walks as them, because their sessions end on the way."""
    return f"factor.{eyes.language}.{eyes.theme}.{eyes.screen}@example.org"


async def _press(walk: Walk) -> None:
    await walk.page.locator("main form button.btn-primary").click()
    await walk.page.wait_for_load_state()
