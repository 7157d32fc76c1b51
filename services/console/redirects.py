"""Going somewhere else, but never to somebody else's site."""

from urllib.parse import quote, urlsplit

from fastapi import Request
from fastapi.responses import RedirectResponse

HOME = "/"


def own_path(wanted: str | None) -> str:
    """`wanted` if it is a path here, else the first page. Browsers read `//host` and `/\\host` as other sites."""
    if not wanted or not wanted.startswith("/") or wanted[1:2] in ("/", "\\"):
        return HOME
    if any(sign < " " or sign == "\\" for sign in wanted):
        return HOME
    parts = urlsplit(wanted)
    return HOME if parts.scheme or parts.netloc else wanted


def see(path: str) -> RedirectResponse:
    """After a POST: have the browser get `path`, so that reloading repeats nothing."""
    return RedirectResponse(path, status_code=303)


def to_login(path: str) -> RedirectResponse:
    """They come back to `path` afterwards."""
    return see(f"/login?next={quote(path, safe='')}" if path != HOME else "/login")


def by_script(request: Request) -> bool:
    """Whether a script of ours asks, which draws a part of its page, and not a browser that wants another page."""
    return request.headers.get("x-requested-with") == "script"
