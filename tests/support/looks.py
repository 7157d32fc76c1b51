"""What is wrong with how a page looks, as far as a program can tell."""

from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

WATCH = """
window.refused = [];
addEventListener("securitypolicyviolation", (event) => window.refused.push(event.violatedDirective));
"""
"""To be run before a page's own scripts: what its content security policy refuses is remembered."""

_CUT_OFF = """() => [...document.querySelectorAll("table")].filter((table) => {
    const room = table.parentElement;
    return table.scrollWidth > room.clientWidth + 1;
}).map((table) => table.textContent.trim().slice(0, 60))"""
"""Tables that one would have to push sideways to read the end of a line."""

_DIALOG_SCROLLS = """() => document.querySelector("[data-thread]") !== null
    && document.documentElement.scrollHeight > document.documentElement.clientHeight + 1"""
"""In a dialog only its messages scroll: something in them sticks out of their box, and pulls the composer away."""

_WIDTHS = "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


async def complaints(page: Page) -> list[str]:
    """axe's findings of weight "serious" or "critical", what is wider than the screen, code that is not ours."""
    found: list[dict[str, Any]] = (await Axe().run(page)).response["violations"]
    heavy = [each for each in found if each["impact"] in ("serious", "critical")]
    wrong = [f"axe {each['id']}: {each['nodes'][0]['html'][:160]}" for each in heavy]
    whole, seen = await page.evaluate(_WIDTHS)
    if whole > seen:
        wrong.append(f"wider than the screen: {whole} > {seen}")
    if await page.evaluate(_DIALOG_SCROLLS):
        wrong.append("the dialog scrolls as a whole")
    wrong += [f"the content security policy refused {each}" for each in await page.evaluate("window.refused")]
    return wrong + [f"cut off: {each}" for each in await page.evaluate(_CUT_OFF)]
