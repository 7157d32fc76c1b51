"""All routes and what lies around them: cookie, cross-origin protection, headers."""

from http import HTTPStatus

from asgi_cross_origin_protection import CrossOriginProtection
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.middleware.sessions import SessionMiddleware

from remanso.errors import StoreUnavailable
from services.console.account.routes import routes as account
from services.console.api.app import PREFIX, create_api
from services.console.apps.routes import routes as apps
from services.console.audit.routes import routes as audit
from services.console.bodies import FORM
from services.console.catalogue.routes import routes as catalogue
from services.console.channels.routes import routes as channels
from services.console.composer.routes import routes as composer
from services.console.console import Console, console_of
from services.console.credit.routes import routes as credit
from services.console.dialog.routes import routes as dialog
from services.console.headers import SecurityHeaders
from services.console.home.routes import routes as home
from services.console.inbox.routes import routes as inbox
from services.console.invitation.routes import routes as invitation
from services.console.keys.routes import routes as keys
from services.console.live.routes import routes as live
from services.console.login.routes import routes as login
from services.console.media.routes import routes as media
from services.console.operators.routes import routes as operators
from services.console.pages.assets import STATIC
from services.console.people.access import SignInNeeded
from services.console.people.who import LASTS, who_calls
from services.console.privacy.routes import routes as privacy
from services.console.quality.routes import routes as quality
from services.console.redirects import by_script, to_login
from services.console.replies.routes import routes as replies
from services.console.reset.forgotten import routes as forgotten
from services.console.reset.routes import routes as reset
from services.console.takeover.routes import routes as takeover
from services.console.team.routes import routes as team
from services.console.traced import telemetry
from services.console.webhooks.routes import routes as webhooks

ROOMS = (
    home,
    login,
    invitation,
    forgotten,
    reset,
    account,
    team,
    audit,
    live,
    inbox,
    dialog,
    takeover,
    composer,
    media,
    replies,
    catalogue,
    channels,
    operators,
    apps,
    credit,
    quality,
    privacy,
    keys,
    webhooks,
)
"""A new room adds its router here."""


def create_app(console: Console) -> FastAPI:
    app = FastAPI(openapi_url=None, telemetry=telemetry(), max_body_size=FORM)
    app.state.console = console
    for room in ROOMS:
        app.include_router(room)
    app.mount(PREFIX, create_api(console))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_exception_handler(SignInNeeded, _sign_in)
    app.add_exception_handler(AnyHTTPException, _say)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(StoreUnavailable, _try_later)
    app.add_exception_handler(Exception, _broken)
    https_only = console.settings.console_https_only
    app.add_middleware(
        SessionMiddleware,
        secret_key=console.secret,
        session_cookie="__Host-remanso" if https_only else "remanso",
        max_age=int(LASTS.total_seconds()),
        https_only=https_only,
    )
    refusal = PlainTextResponse("This came from another site.", HTTPStatus.FORBIDDEN)
    app.add_middleware(CrossOriginProtection, allowed_origins=[console.settings.console_url], deny_app=refusal)
    app.add_middleware(SecurityHeaders, https_only=https_only)
    return app


async def _sign_in(request: Request, _: Exception) -> Response:
    """A page is sent to the login, a form of one told that it came too late; a script reloads its page by itself."""
    asks_for, is_page = request.headers.get("accept", ""), request.method == "GET" and not by_script(request)
    if request.method == "POST" and "text/html" in asks_for and not by_script(request):
        return await _trouble(request, HTTPStatus.UNAUTHORIZED)
    if not is_page or "text/event-stream" in asks_for:
        return PlainTextResponse("Sign in first.", HTTPStatus.UNAUTHORIZED)
    query = f"?{request.url.query}" if request.url.query else ""
    return to_login(f"{request.url.path}{query}")


async def _say(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException | AnyHTTPException) else 500
    return await _trouble(request, status)


async def _unreadable(request: Request, _: Exception) -> Response:
    """A form or path that no page of ours makes. What was wrong may be personal, so it is not repeated."""
    return await _trouble(request, 422)


async def _try_later(request: Request, _: Exception) -> Response:
    return console_of(request).pages.page(request, "trouble.html", None, status=503, code=503)


async def _broken(request: Request, _: Exception) -> Response:
    """A fault of ours, which goes on to the log. Nobody is looked up: what failed might fail again."""
    return console_of(request).pages.page(request, "trouble.html", None, status=500, code=500)


async def _trouble(request: Request, status: int) -> Response:
    viewer = await who_calls(request) if "session" in request.scope else None
    return console_of(request).pages.page(request, "trouble.html", viewer, status=status, code=status)
