"""Heroku's Platform API v3, answered from state; add-ons and builds take a few looks; lists come in ranges.

Requests and answers are held against the Platform API's schema: required keys, patterns, and no unknown keys.
"""

from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.support.standins.heroku import addons, apps, dynos, releases
from tests.support.standins.heroku.account import Account, Handler, Refusal, files_of, new_id
from tests.support.standins.heroku.bot import Bot
from tests.support.standins.published import Published

ROUTES = (*apps.ROUTES, *addons.ROUTES, *releases.ROUTES, *dynos.ROUTES)


class Heroku(Account):
    def __init__(self) -> None:
        super().__init__()
        self.published = Published("heroku")

    def api(self) -> Starlette:
        return Starlette(
            routes=[
                *(self._route(path, handler, methods) for path, handler, methods in ROUTES),
                Route("/source/{source}", partial(releases.take_source, self), methods=["PUT"]),
                Route("/output/{build}", partial(releases.output, self)),
                Route("/logplex/{app}", partial(dynos.logplex, self)),
            ]
        )

    def bots(self) -> Starlette:
        """What runs on it: each app's web process."""
        return Starlette(routes=[Route("/{app}/{path:path}", self._to_bot, methods=["GET", "POST"])])

    def _route(self, path: str, handler: Handler, methods: tuple[str, ...]) -> Route:
        async def guarded(request: Request) -> Response:
            try:
                self.admit(request)
                if wrong := self.published.refuses(request.method, path, await request.body()):
                    raise Refusal(422, "invalid_params", "; ".join(wrong))
                answer = await handler(self, request)
                self.published.look_at(request.method, path, bytes(answer.body))
            except Refusal as refusal:
                answer = refusal.answer
            except KeyError:
                answer = Refusal(404, "not_found", "Couldn't find that.").answer
            self.remaining -= 1
            answer.headers["RateLimit-Remaining"] = str(self.remaining)
            answer.headers["Request-Id"] = new_id()
            return answer

        return Route(path, guarded, methods=list(methods))

    async def _to_bot(self, request: Request) -> Response:
        app = self.of(request)
        slug = ((app.current or {}).get("slug") or {}).get("id")
        if slug is None or not app.formation.get("web", {}).get("quantity"):
            return PlainTextResponse("no such app", 503)
        return await Bot(files_of(self.slugs[slug]), app.config).answer(request)
