"""Icons, and addresses of static files that change with their content, so that browsers may keep them for ever."""

import hashlib
from functools import cache
from pathlib import Path

from markupsafe import Markup

STATIC = Path(__file__).parents[1] / "static"
_ICONS = STATIC / "icons"


@cache
def static(name: str) -> str:
    """`/static/<name>?v=<hash>`. Raises FileNotFoundError for what is not there."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:12]}"


@cache
def icon(name: str, classes: str = "size-5") -> Markup:
    """One of the vendored Lucide icons, inline so that it takes the text's colour; silent for screen readers."""
    drawing = (_ICONS / f"{name}.svg").read_text("utf-8")
    body = drawing[drawing.index(">", drawing.index("<svg")) + 1 : drawing.rindex("</svg>")]
    return Markup(  # noqa: S704 - our own files
        f'<svg class="{classes} shrink-0" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
        f'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">{body}</svg>'
    )
