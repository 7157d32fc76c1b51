"""Where somebody can be reached: links, mails, phones, handles."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

from services.agent.grounding.claim import Claim, claim
from services.agent.grounding.plain import Plain
from services.agent.grounding.values import Email, Link, Phone

_DOMAIN = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,5}"
_PLAIN_ENDINGS = "com|net|org|ar|edu|gob|gov|info|example|online|store|shop|app|dev|page|site|io|test"
_END = r"[^\s<>\"'*«»“”]*[^\s<>\"'*«»“”.,;:!?)\]}_~]"
_EMAIL = re.compile(rf"(?<![\w.+-])[\w.+-]{{1,64}}@{_DOMAIN}[a-z]{{2,}}")
_LINK = re.compile(
    rf"https?://{_END}|(?<![\w@.])(?:www\.{_DOMAIN}[a-z]{{2,}}|{_DOMAIN}(?:{_PLAIN_ENDINGS})(?:\.[a-z]{{2}})?)(?![\w.]\w|\w)"
    rf"(?:[/?]{_END}|/)?|(?<![\w@.]){_DOMAIN}[a-z]{{2}}/{_END}"
)
_HANDLE = re.compile(r"(?<![\w@.])@[\w.]*\w")
_PHONE = re.compile(r"(?<![\w$.,/-])\+?\(?\d(?:[\s().-]{0,2}\d){7,14}(?![\w/%]|[.,]\d)")
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")

_TRACKING = re.compile(r"utm_\w+|fbclid|gclid|gbraid|wbraid|msclkid|igshid|mc_[ce]id|_ga|ref")


def emails(text: Plain) -> Iterator[Claim]:
    for found in _EMAIL.finditer(text.folded):
        yield claim(text, found.span(), Email(found.group()))


def links(text: Plain) -> Iterator[Claim]:
    for found in _LINK.finditer(text.folded):
        yield claim(text, found.span(), Link(address(text.shown[found.start() : found.end()])))
    for found in _HANDLE.finditer(text.folded):
        yield claim(text, found.span(), Link(found.group()))


def phones(text: Plain) -> Iterator[Claim]:
    for found in _PHONE.finditer(text.folded):
        if not _GROUPED.fullmatch(found.group()):
            yield claim(text, found.span(), Phone(re.sub(r"\D", "", found.group())))


def address(link: str) -> str:
    """The link without scheme, `www.`, tracking parameters and final slash. Only host names ignore case."""
    parts = urlsplit(link if "://" in link else f"//{link}")
    query = urlencode([(key, value) for key, value in parse_qsl(parts.query) if not _TRACKING.fullmatch(key.lower())])
    host = parts.netloc.lower().removeprefix("www.")
    return host + parts.path.rstrip("/") + (f"?{query}" if query else "")
