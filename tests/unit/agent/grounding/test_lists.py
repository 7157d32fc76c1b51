"""Lists of what a catalogue holds: links that spell titles, and how many more there are."""

import json
from zoneinfo import ZoneInfo

import pytest

from services.agent.asking import CallResult
from services.agent.grounding.check import unsupported
from services.agent.grounding.evidence import Evidence, read_evidence

COURSES = [
    {"name": "Instagram para vender", "price": 69000, "url": "https://school.example/enrol/instagram-para-vender"},
    {"name": "TikTok y video corto", "price": 54000, "url": "https://school.example/enrol/tiktok-y-video-corto"},
]
TWO_OF_THEM = "\n".join(f"• {course['name']}: ARS {course['price']}\n  {course['url']}" for course in COURSES)


def evidence() -> Evidence:
    result = json.dumps({"ok": True, "total": 32, "courses": COURSES})
    return read_evidence([CallResult("call_1", result)], ZoneInfo("America/Argentina/Buenos_Aires"))


def test_a_link_may_spell_the_title_it_is_about() -> None:
    assert unsupported(TWO_OF_THEM, evidence()) == ()
    wrong = TWO_OF_THEM.replace("tiktok-y-video-corto", "tiktok-y-video-largo")
    assert [problem.text for problem in unsupported(wrong, evidence())] == [
        "https://school.example/enrol/tiktok-y-video-largo"
    ]


@pytest.mark.parametrize(
    ("rest", "supported"), [("… y 30 más.", True), ("… and 30 more.", True), ("… y 29 más.", False)]
)
def test_the_rest_of_a_known_total_may_be_told(rest: str, supported: bool) -> None:
    assert (unsupported(f"{TWO_OF_THEM}\n{rest}", evidence()) == ()) is supported
