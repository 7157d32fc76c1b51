"""`remanso clients provision` with a collector: the app is entered, drains and tells, once, whatever kills the run."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from fleet.local.ports import LOOPBACK, free_ports
from remanso.channels.collector import CollectorClient, HeartbeatRefused
from remanso.model.app_key import AppKey
from remanso.store import Store
from remanso.store.apps import App
from tests.support.apps import TOKEN, a_beat, a_heartbeat, frame, line
from tests.support.child import child
from tests.support.provisioning import Operator
from tests.support.standins.places import Places
from tests.support.waiting import eventually

PUSH_PASSWORD = "push-password-0001"
SOURCE = "import runpy; runpy.run_module('services.collector', run_name='__main__')"


@pytest.fixture
async def collector_url(database_url: str) -> AsyncIterator[str]:
    """The real one, as a process of its own."""
    [port] = free_ports(1)
    told = {
        "REMANSO_DATABASE_URL": database_url,
        "REMANSO_COLLECTOR_TOKEN": TOKEN,
        "REMANSO_HTTP_HOST": LOOPBACK,
        "REMANSO_HTTP_PORT": str(port),
    }
    async with child(SOURCE, told, within=170) as running:
        await running.until("collector.listening")
        yield f"http://{LOOPBACK}:{port}"


@pytest.fixture
def watched(desk: Operator, collector_url: str) -> Operator:
    """The client `espiga`, made, in an inventory that names a collector and a Pushgateway."""
    desk.create("espiga")
    sections = f"""
[clients.espiga.collector]
url = "{collector_url}"

[clients.espiga.push]
url = "https://push.example"
password = "PUSH_PASSWORD"
"""
    inventory = desk.folder / "fleet.toml"
    inventory.write_text(inventory.read_text() + sections)
    secrets = {"REMANSO_COLLECTOR_TOKEN": TOKEN, "PUSH_PASSWORD": PUSH_PASSWORD}
    return Operator(desk.folder, {**desk.environment, **secrets}, desk.places)


async def run(desk: Operator, *words: str, **how: Any) -> Any:
    """In a thread: the collector lives on this loop's child process and must go on being read."""
    return await asyncio.to_thread(desk.run, *words, **how)


async def entry(database_url: str) -> App | None:
    async with Store.connect(database_url) as store, store.transaction() as tx:
        return await tx.apps.get("espiga")


async def drained(url: str) -> int:
    """A line posted to the drain's own address, as Logplex does."""
    parts = urlsplit(url)
    headers = {"Content-Type": "application/logplex-1", "Logplex-Msg-Count": "1", "Logplex-Frame-Id": url[-9:]}
    async with httpx.AsyncClient(auth=(parts.username or "", parts.password or "")) as http:
        answer = await http.post(url.replace(f"{parts.username}:{parts.password}@", ""), content=frame(line("x")),
                                 headers=headers)  # fmt: skip
    return answer.status_code


async def test_a_provisioned_app_is_entered_drains_and_tells(
    watched: Operator, world: Places, database_url: str, collector_url: str
) -> None:
    first = await run(watched, "clients", "provision", "espiga", "--json")
    assert first.code == 0, first.out + first.err
    app = world.heroku.apps["remanso-espiga"]
    assert {app.config[name] for name in ("REMANSO_COLLECTOR_URL", "REMANSO_APP", "REMANSO_METRICS_PUSH_PASSWORD")} == {
        collector_url,
        "espiga",
        PUSH_PASSWORD,
    }
    assert {step["step"]: step["result"] for step in first.data["steps"]}["panel-drain"] == "made"
    [ours] = [drain["url"] for drain in app.drains if "/collector/" in drain["url"]]
    assert await drained(ours) == 200
    key = AppKey(app.config["REMANSO_APP_KEY"])
    async with CollectorClient(collector_url, key) as client:
        await client.tell(a_heartbeat("espiga", clients={"espiga": a_beat(oldest_seconds=600.0)}))
        with pytest.raises(HeartbeatRefused, match="another app"):
            await client.tell(a_heartbeat("other").model_copy(update={"app": "espiga/../espiga"}))
    secrets = (app.config["REMANSO_APP_KEY"], key.drain_password, PUSH_PASSWORD, TOKEN)
    assert not [each for each in secrets if each in first.out + first.err]
    journals = "".join(path.read_text() for path in (watched.folder / ".remanso").rglob("*") if path.is_file())
    assert not [each for each in secrets if each in journals]

    again = await run(watched, "clients", "provision", "espiga", "--json")
    assert {step["result"] for step in again.data["steps"] if step["step"] != "test-event"} == {"found"}

    status = await run(watched, "fleet", "status", "--json", "--drift", "--tell")
    [told] = json.loads(status.out.splitlines()[-1])
    assert (status.code, told["health"]) == (1, "waiting: espiga, 10 min")
    found = await entry(database_url)
    assert found
    assert (found.errors_today, (found.standing or {})["drift"]) == (1, [])

    undone = await run(watched, "clients", "provision", "espiga", "--undo", "--yes", "--json")
    assert undone.code == 0, undone.out
    assert await entry(database_url) is None


async def test_killed_around_the_new_calls_it_goes_on_with_one_key_and_one_drain(
    watched: Operator, world: Places, database_url: str
) -> None:
    assert (await run(watched, "clients", "provision", "espiga", "--json")).code == 0
    calls = list(world.tripwire.calls)
    [post] = [number for number, call in enumerate(calls, 1) if "POST" in call and "log-drains" in call][-1:]
    patch = max(number for number, call in enumerate(calls, 1) if "PATCH" in call and "config-vars" in call)
    for number, moment in ((patch, "after"), (post, "before"), (post, "after")):
        await run(watched, "clients", "provision", "espiga", "--undo", "--yes", "--json")
        world.reset()
        died = await run(watched, "clients", "provision", "espiga", "--json", kill=(number, moment))
        assert died.code is None, died.out
        ended = await run(watched, "clients", "provision", "espiga", "--json")
        assert ended.code == 0, ended.out
        app = world.heroku.apps["remanso-espiga"]
        [ours] = [drain["url"] for drain in app.drains if "/collector/" in drain["url"]]
        await eventually(partial(_drains, ours))
        assert AppKey(app.config["REMANSO_APP_KEY"]).drain_password in ours


async def _drains(url: str) -> bool:
    return await drained(url) == 200


async def test_a_new_key_replaces_the_drain(watched: Operator, world: Places) -> None:
    assert (await run(watched, "clients", "provision", "espiga", "--json")).code == 0
    app = world.heroku.apps["remanso-espiga"]
    before = [drain["url"] for drain in app.drains]
    del app.config["REMANSO_APP_KEY"]
    ended = await run(watched, "clients", "provision", "espiga", "--json")
    assert {step["step"]: step["result"] for step in ended.data["steps"]}["collector"] == "changed"
    [ours] = [drain["url"] for drain in app.drains if "/collector/" in drain["url"]]
    assert ours not in before
    assert len(app.drains) == len(before)
    assert await drained(ours) == 200


def test_heroku_takes_no_more_than_five_drains(world: Places, tmp_path: Path) -> None:
    """The stand-in refuses what Heroku does: it is told in its words, not found out in production."""
    heroku = world.heroku
    headers = {"Authorization": f"Bearer {heroku.token}", "Accept": "application/vnd.heroku+json; version=3"}
    with httpx.Client(base_url=f"{world.url}/heroku", headers=headers) as http:
        http.post("/apps", json={"name": "full"})
        http.get("/apps/full")
        answers = [http.post("/apps/full/log-drains", json={"url": f"https://x.example/{n}"}) for n in range(6)]
        assert [answer.status_code for answer in answers] == [201] * 5 + [422]
        assert http.post("/apps/full/log-drains", json={"url": "ftp://x"}).status_code == 422
