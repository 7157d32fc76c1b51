"""What is sent to the console is bounded by kind of route before anybody reads it; strangers upload nothing."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from remanso.store import Store
from services.console.api.app import PREFIX
from services.console.api.app import ROOMS as API_ROOMS
from services.console.api.once import Once
from services.console.app import ROOMS
from services.console.bodies import FORM, JSON, UPLOAD
from services.console.console import Console
from services.console.people.access import SignedInFirst
from tests.support.api import a_key, program
from tests.support.console import Visitors, a_user

ROOT = Path(__file__).parents[3]
NOBODY = "00000000-0000-0000-0000-000000000000"
SAYING, ATTACHING = f"/conversations/{NOBODY}/say", f"{PREFIX}/conversations/{NOBODY}/attachments"
SAME_SITE = {"sec-fetch-site": "same-origin"}
SAME_ORIGIN = {**SAME_SITE, "content-type": "application/x-www-form-urlencoded"}
MULTIPART = {**SAME_SITE, "content-type": "multipart/form-data; boundary=b"}


def routes() -> Iterator[APIRoute]:
    for room in (*ROOMS, *API_ROOMS):
        yield from (route for route in room.routes if isinstance(route, APIRoute))


async def pour(http: httpx.AsyncClient, path: str, announced: int | None, headers: dict[str, str]) -> tuple[int, int]:
    """The answer to a body without end, and how many pieces of it were taken, each larger than any form may be."""
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b"password=" + b"x" * FORM

    length = {"content-length": str(announced)} if announced else {}
    answer = await http.post(path, content=endless(), headers={**headers, **length})
    return answer.status_code, taken


@pytest.mark.parametrize("route", list(routes()), ids=lambda route: f"{route.methods} {route.path}")
def test_routes_that_take_files_say_so_and_no_others(route: APIRoute) -> None:
    takes_files = any("UploadFile" in str(each.field_info.annotation) for each in route.dependant.body_params)
    assert (route.max_body_size == UPLOAD) == takes_files
    assert not takes_files or isinstance(route, SignedInFirst | Once)


async def test_a_form_that_is_too_large_is_refused_unread_or_cut_off(visitors: Visitors, store: Store) -> None:
    browser = await visitors.as_user(await a_user(store, {"school": "admin"}))
    for path in ("/login", "/account/password"):
        assert await pour(browser.http, path, FORM + 1, SAME_ORIGIN) == (413, 0)
        assert await pour(browser.http, path, None, SAME_ORIGIN) == (413, 1)


async def test_nothing_is_read_of_what_strangers_upload(console: Console, visitors: Visitors) -> None:
    for announced in (None, JSON):
        assert await pour(visitors.browser().http, SAYING, announced, MULTIPART) == (401, 0)
        async with program(console, None) as stranger:
            assert await pour(stranger.http, ATTACHING, announced, MULTIPART) == (401, 0)


async def test_who_is_known_uploads_where_files_belong(console: Console, visitors: Visitors, store: Store) -> None:
    browser, (token, _) = await visitors.as_user(await a_user(store, {"school": "admin"})), await a_key(store)
    files = {"file": ("a.pdf", b"%PDF-1.7\n".ljust(FORM + 1), "application/pdf")}
    assert (await browser.http.post(SAYING, files=files, headers=SAME_SITE)).status_code == 404
    assert await pour(browser.http, SAYING, UPLOAD + 1, MULTIPART) == (413, 0)
    async with program(console, token) as crm:
        assert (await crm.http.post(ATTACHING, files=files)).status_code == 404
        assert await pour(crm.http, ATTACHING, UPLOAD + 1, MULTIPART) == (413, 0)
        assert await pour(crm.http, f"{PREFIX}/replies", JSON + 1, {}) == (413, 0)
        assert (await crm.post("/replies", {"title": "Hola", "text": "x" * JSON})).status_code == 413


def test_the_edge_lets_through_what_the_console_takes() -> None:
    nginx = (ROOT / "deploy" / "edge" / "nginx.conf").read_text("utf-8")
    places = dict(re.findall(r"location (?:~ )?(\S+) \{[^}]*client_max_body_size (\d+)m;", nginx))
    (uploading,) = [place for place in places if place.startswith("^")]
    assert [int(places[place]) << 20 for place in ("/", uploading)] == [FORM, UPLOAD]
    for route in routes():
        path = route.path.format(**dict.fromkeys(route.param_convertors, NOBODY))
        uploads = any(re.match(uploading, f"{prefix}{path}") for prefix in ("", PREFIX))
        assert uploads == (route.max_body_size == UPLOAD), route.path
    kubernetes = (ROOT / "deploy" / "kubernetes" / "edge" / "hosts.yaml").read_text("utf-8")
    assert f"proxy-body-size: {UPLOAD >> 20}m" in kubernetes
