"""What is sent to the console is bounded before anybody reads it."""

from collections.abc import AsyncIterator

import pytest

from remanso.store import Store
from services.console.bodies import FORM
from tests.support.console import Visitors, a_user

SAYING = "/conversations/00000000-0000-0000-0000-000000000000/say"
SAME_ORIGIN = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}


@pytest.mark.parametrize("path", ["/login", SAYING])
async def test_nobody_uploads_without_signing_in(visitors: Visitors, path: str) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"password=" + b"x" * FORM

    http = visitors.browser().http
    large = await http.post(path, content=b"x" * (FORM + 1), headers=SAME_ORIGIN)
    assert large.status_code == 413
    assert (await http.post(path, content=endless(), headers=SAME_ORIGIN)).status_code == 413


async def test_who_is_signed_in_uploads_where_files_belong(visitors: Visitors, store: Store) -> None:
    browser, body = await visitors.as_user(await a_user(store, {"school": "admin"})), b"x" * (FORM + 1)
    assert (await browser.http.post("/account/password", content=body, headers=SAME_ORIGIN)).status_code == 413
    assert (await browser.http.post(SAYING, content=body, headers=SAME_ORIGIN)).status_code != 413
