"""GET: Meta asks whether the address is ours."""

from typing import Any

import pytest

from services.ingress.strangers import MOST_WRONG
from tests.support.ingress import GENERIC, SECRETS, Ingress
from tests.support.whatsapp import recorded


def asking(token: str | None = SECRETS["EMPRENDEMY_VERIFY_TOKEN"], **changes: str | None) -> dict[str, Any]:
    asked = {"hub.mode": "subscribe", "hub.verify_token": token, "hub.challenge": "1158201444", **changes}
    return {key: value for key, value in asked.items() if value is not None}


@pytest.mark.parametrize("challenge", ["1158201444", "", "<b>&\"'ñ \n", "a b+c%20"])
async def test_the_challenge_comes_back_as_it_is(emprendemy: Ingress, challenge: str) -> None:
    for path in (GENERIC, f"{GENERIC}/emprendemy"):
        answer = await emprendemy.http.get(path, params=asking(**{"hub.challenge": challenge}))
        assert (answer.status_code, answer.text) == (200, challenge)
        assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "params",
    [
        {},
        asking(None),
        asking("wrong"),
        asking("emprendemy verifies "),
        asking("ñandú"),
        asking(**{"hub.mode": "unsubscribe"}),
        asking(**{"hub.challenge": None}),
    ],
)
async def test_anything_else_is_forbidden(emprendemy: Ingress, params: dict[str, str]) -> None:
    assert (await emprendemy.http.get(GENERIC, params=params)).status_code == 403


async def test_each_client_has_its_own_token(several: Ingress) -> None:
    async def status(path: str, token: str) -> int:
        return (await several.http.get(path, params=asking(token))).status_code

    assert await status(f"{GENERIC}/second", "second verifies") == 200
    assert await status(f"{GENERIC}/second", "emprendemy verifies") == 403
    assert await status(GENERIC, "second verifies") == 200
    assert await status(GENERIC, "emprendemy verifies") == 200
    assert await status(GENERIC, "nobody verifies") == 403


async def test_an_unknown_client_is_not_found_and_nobody_else_named(several: Ingress) -> None:
    answer = await several.http.get(f"{GENERIC}/third", params=asking())
    assert (answer.status_code, answer.content) == (404, b"")
    assert await several.post({}, path=f"{GENERIC}/third") == 404


async def test_guessing_the_verify_token_is_slowed_down_and_signed_webhooks_still_pass(
    emprendemy: Ingress,
) -> None:
    for _ in range(MOST_WRONG):
        assert (await emprendemy.http.get(GENERIC, params=asking("a guess"))).status_code == 403
    assert (await emprendemy.http.get(GENERIC, params=asking("a guess"))).status_code == 429
    assert (await emprendemy.http.get(GENERIC, params=asking())).status_code == 429, "nor is a right one told apart"

    unsigned = await emprendemy.http.post(GENERIC, content=b"{}")
    assert (unsigned.status_code, unsigned.headers["connection"]) == (429, "close")
    assert await emprendemy.post(b"{}", secret="wrong") == 401
    assert await emprendemy.post(recorded("messages/text")) == 200, "Meta may share an address with whoever guesses"
