"""What the host's own TLS proxy serves: the bots whose containers run on the ssh stand-in."""

from collections.abc import Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.support.standins.heroku.bot import Bot

COMPOSE_GIVES = {"DATABASE_URL": "postgresql://of-compose", "CLOUDAMQP_URL": "amqp://of-compose"}


def hosted(folders: Mapping[str, Path]) -> Starlette:
    """`/<client>/<path>` for each client whose folder on the host is known."""

    async def answer(request: Request) -> Response:
        folder = folders[request.path_params["client"]]
        if not (folder / ".running").exists():
            return PlainTextResponse("bad gateway", 502)
        return await Bot(_image(folder), variables(folder / ".running") | COMPOSE_GIVES).answer(request)

    return Starlette(routes=[Route("/{client}/{path:path}", answer, methods=["GET", "POST"])])


def variables(file: Path) -> dict[str, str]:
    """As Compose reads a .env that quotes with single quotes."""
    lines = (line.partition("=") for line in file.read_text().splitlines())
    return {name: value.strip("'") for name, _, value in lines}


def _image(folder: Path) -> dict[str, bytes]:
    """What was in the folder when the containers were built."""
    built = folder / ".image"
    return {str(path.relative_to(built)): path.read_bytes() for path in built.rglob("*") if path.is_file()}
