"""The stand-ins refuse what the published schemas refuse; what they answer is looked at wherever they are used."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.standins.places import Places

HEROKU = "application/vnd.heroku+json; version=3"


@pytest.fixture
def http(world: Places) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=world.url) as client:
        yield client


@pytest.mark.parametrize(
    ("method", "path", "body", "why"),
    [
        ("POST", "/orgs/acme/repos", {"private": True}, "'name' is a required property"),
        ("POST", "/orgs/acme/repos", {"name": "a", "private": "yes"}, "private: 'yes' is not of type 'boolean'"),
        ("POST", "/orgs/acme/repos", {"name": "a", "secret": True}, "'secret' was unexpected"),
        ("PATCH", "/repos/acme/there", {"archived": 1}, "archived: 1 is not of type 'boolean'"),
        ("PUT", "/repos/acme/there/branches/main/protection", {"enforce_admins": None}, "'restrictions' is a required"),
        ("PUT", "/repos/acme/there/actions/secrets/A", {"encrypted_value": "?", "key_id": "1"}, "does not match"),
        ("POST", "/repos/acme/there/pulls", {"title": "a", "head": "b"}, "'base' is a required property"),
        ("PATCH", "/repos/acme/there/pulls/1", {"state": "merged"}, "'merged' is not one of ['open', 'closed']"),
    ],
)
def test_github(world: Places, http: httpx.Client, method: str, path: str, body: dict[str, object], why: str) -> None:
    world.github.add("acme/there", {"private": True})
    headers = {"Authorization": f"Bearer {world.github.token}"}
    refused = http.request(method, f"/github{path}", json=body, headers=headers)
    assert (refused.status_code, why in refused.text.replace('\\"', '"')) == (422, True), refused.text


@pytest.mark.parametrize(
    ("method", "path", "body", "why"),
    [
        ("POST", "/apps", {"name": "No Good"}, "does not match"),
        ("POST", "/teams/apps", {"name": "good", "stak": "x"}, "'stak' was unexpected"),
        ("PATCH", "/apps/there/config-vars", {"A": 1}, "1 is not of type 'string', 'null'"),
        ("PATCH", "/apps/there/config-vars", {"A-B": "1"}, "does not match any of the regexes"),
        ("POST", "/apps/there/addons", {"name": "x"}, "'plan' is a required property"),
        ("POST", "/apps/there/builds", {"source_blob": {}}, "'url' is a required property"),
        ("POST", "/apps/there/releases", {"description": "x"}, "is not valid under any of the given schemas"),
        ("PATCH", "/apps/there/formation", {"updates": [{"type": "web", "quantity": "+1"}]}, "not of type 'integer'"),
        ("POST", "/pipeline-couplings", {"app": "a", "pipeline": "b", "stage": "live"}, "'live' is not one of"),
        ("POST", "/apps/there/log-sessions", {"line": 5}, "'line' was unexpected"),
    ],
)
def test_heroku(world: Places, http: httpx.Client, method: str, path: str, body: dict[str, object], why: str) -> None:
    headers = {"Authorization": f"Bearer {world.heroku.token}", "Accept": HEROKU}
    refused = http.request(method, f"/heroku{path}", json=body, headers=headers)
    assert (refused.status_code, why in refused.json()["message"]) == (422, True), refused.text
