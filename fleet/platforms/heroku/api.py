"""Heroku's Platform API v3 over HTTP: headers, errors, lists that come in ranges (devcenter.heroku.com/articles/
platform-api-reference)."""

from typing import Any

import httpx
from pydantic import SecretStr

from fleet.calls import Api, Complaint, Quota, client
from fleet.trouble import Absent

REFILL = Quota((5, 4.0))
"""4,500 calls an hour come back at this pace; shared by all clients of one run."""
ADVICE = {
    "unauthorized": "HEROKU_API_KEY is wrong or has expired: make a new authorization (scope global)",
    "verification_required": "the account needs a credit card, even for free plans",
    "forbidden": "HEROKU_API_KEY may not do this; for a team app it must belong to a member of the team",
    "two_factor": "the account asks for a second factor: use an authorization's token instead of a login",
    "suspended": "Heroku has suspended the account or the app: write to their support",
}


class Heroku(Api):
    """The same calls, and whole lists."""

    def all(self, path: str, order: str = "id ..; max=1000") -> list[dict[str, Any]]:
        """Every item of a list: a 206 names the next range. `order` is the first Range header."""
        items: list[dict[str, Any]] = []
        following: str | None = order
        while following:
            page = self.call("GET", path, headers={"Range": following})
            items += page.json()
            following = page.headers.get("next-range") if page.status_code == 206 else None
        return items

    def newest(self, path: str) -> dict[str, Any] | None:
        """The latest of a list that has versions."""
        answer = self.call("GET", path, headers={"Range": "version ..; order=desc,max=1"}).json()
        return answer[0] if answer else None

    def find_all(self, path: str) -> list[dict[str, Any]]:
        try:
            return self.all(path)
        except Absent:
            return []


def heroku(base_url: str, token: SecretStr) -> Heroku:
    headers = {
        "Accept": "application/vnd.heroku+json; version=3",
        "Authorization": f"Bearer {token.get_secret_value()}",
    }
    return Heroku("Heroku", client(base_url, headers), _complaint, ADVICE, thrift=REFILL)


def _complaint(response: httpx.Response) -> Complaint:
    try:
        body = response.json()
        return str(body["id"]), str(body["message"])
    except (ValueError, KeyError, TypeError):
        return str(response.status_code), f"answered {response.status_code}"
