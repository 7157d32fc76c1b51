"""Words in the wrong language: what a page shows that stands in the catalogue of the other one."""

import re
from collections.abc import Iterable, Mapping

from playwright.async_api import Page

from services.console.pages.words import catalogue

# Left out is what people, clients and programs say.
_SEEN = """() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const foreign = (element) => {
        const marked = element.closest("[lang]");
        const ours = !marked || marked === document.documentElement;
        const said = "script, style, code, .words, .bubble, .trace-line, label[for^=f-], .font-mono";
        return !ours || element.closest(said);
    };
    for (let node = walker.nextNode(); node; node = walker.nextNode())
        if (!foreign(node.parentElement)) found.push(node.textContent);
    const named = ["title", "aria-label", "placeholder", "alt", "data-ask"];
    for (const element of document.querySelectorAll(named.map((name) => `[${name}]`).join(", ")))
        if (!foreign(element)) for (const name of named) found.push(element.getAttribute(name) ?? "");
    return found.map((text) => text.trim().replace(/\\s+/g, " ")).filter(Boolean);
}"""
_KEY = re.compile(r"^[a-z]+(?:[_.][a-z]+)+$")
"""As texts are named where nobody has put them in words: `needs_human`, `credit.granted`."""


def _singulars() -> Mapping[str, str]:
    """English: Spanish, where they differ and have no gaps."""
    texts = {str(each.id): str(each.string) for each in catalogue() if each.id and isinstance(each.id, str)}
    return {english: spanish for english, spanish in texts.items() if english != spanish and "%(" not in english}


ENGLISH = _singulars()
SPANISH = {spanish: english for english, spanish in ENGLISH.items()}
NEITHER = frozenset({"Error", "Total", "No", "Token"})
"""What is a word of both languages somewhere."""
FILES = (".json", ".pdf", ".csv")


def foreign(texts: Iterable[str], language: str) -> list[str]:
    """Those that are the other language's, or nobody's."""
    others, ours = (ENGLISH, SPANISH) if language == "es" else (SPANISH, ENGLISH)
    foreign = {each for each in texts if each in others and each not in ours and each not in NEITHER}
    keys = {each for each in texts if _KEY.match(each) and not each.endswith(FILES)}
    return [f"not {language}: {each}" for each in sorted(foreign | keys)]


async def untranslated(page: Page, language: str, *, names: frozenset[str]) -> list[str]:
    """`names` are words that look like keys and are shown on purpose."""
    return foreign([each for each in await page.evaluate(_SEEN) if each not in names], language)
