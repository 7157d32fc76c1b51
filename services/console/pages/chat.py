"""A message as WhatsApp shows it: links can be followed, *bold*, _italic_ and ~struck~ are so. All else is text."""

import re

from markupsafe import Markup, escape

_LINK = re.compile(r"(https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]*_~])")
_MARKED = re.compile(r"(?<![\w*_~])([*_~])(?=\S)([^\n*_~]+)(?<=\S)\1(?![\w*_~])")
_TAGS = {"*": "b", "_": "i", "~": "s"}


def chat(text: str) -> Markup:
    """Safe to show, whoever wrote `text`: everything is escaped before a mark becomes a tag."""
    pieces = _LINK.split(text)
    return Markup("").join(_link(piece) if place % 2 else _marked(piece) for place, piece in enumerate(pieces))


def plain(text: str) -> str:
    """Without the marks, for a line that shows no markup."""
    return _MARKED.sub(lambda found: found[2], text)


def _link(address: str) -> Markup:
    return Markup('<a class="link" href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(address)


def _marked(text: str) -> Markup:
    tagged = _MARKED.sub(lambda found: f"<{(tag := _TAGS[found[1]])}>{found[2]}</{tag}>", str(escape(text)))
    return Markup(tagged)  # noqa: S704 - escaped above
