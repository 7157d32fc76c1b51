"""`remanso dev --once`: play the scripted conversation, print it, and sum it up in one line of JSON."""

import json
import time

import httpx

from fleet.local.contact import Contact, WentWrong
from fleet.local.control import Control
from fleet.local.stack import LocalStack
from fleet.local.story import CHAPTERS, Chapter, Scene
from fleet.local.transcript import Transcript
from remanso.errors import RemansoError
from remanso.store.store import Store


async def play_once(stack: LocalStack) -> bool:
    """Play every chapter, also after one that went wrong. Returns whether all came out right."""
    began, client, problems = time.monotonic(), stack.clients.first, {}
    async with Store.connect(stack.database_url, name="once", pool_size=2) as store:
        contact = Contact(Control(stack.http, stack.simulator_url), store, client.name, "Ana")
        transcript = Transcript(client.title, contact.name)
        for number, chapter in enumerate(CHAPTERS, 1):
            transcript.chapter(number, chapter.title)
            problems[chapter.key] = await _play(chapter, Scene(client, contact))
            transcript.show(await contact.conversation())
            transcript.verdict(problems[chapter.key])
    summary = {
        "ok": not any(problems.values()),
        "checks": {key: problem is None for key, problem in problems.items()},
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(summary), flush=True)  # noqa: T201 - standard output is for this line
    return bool(summary["ok"])


async def _play(chapter: Chapter, scene: Scene) -> str | None:
    """What went wrong, or None."""
    try:
        await chapter.play(scene)
    except (WentWrong, RemansoError, httpx.HTTPError) as problem:
        return str(problem) or type(problem).__name__
    return None
