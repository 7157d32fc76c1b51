"""What a trial found, for people."""

from collections.abc import Iterator

from tests.chaos.faults.trial import longest_turn
from tests.compose.trial import Outcome

LOST = ("every_webhook_is_stored_once", "every_message_has_its_end", "every_turn_is_answered")


def report(outcome: Outcome) -> str:
    return "\n".join(_lines(outcome))


def _lines(outcome: Outcome) -> Iterator[str]:
    evidence, wrong = outcome.evidence, outcome.wrong
    assert evidence is not None
    yield ""
    yield "| what was done | well again after |"
    yield "| --- | --- |"
    for what, seconds in outcome.blows:
        yield f"| {what} | {seconds:.1f} s |"
    yield ""
    messages = sum(message["author"] == "contact" for message in evidence.messages)
    refused = sum(post["status"] != 200 for post in evidence.posts)
    resent = sum(delivery["resends"] for delivery in evidence.deliveries)
    yield f"{outcome.seconds:.0f} s of load by {len(evidence.parts)} contacts: {messages} messages in"
    yield f"{len(evidence.posts)} webhook posts ({refused} of them not answered with 200, and sent again),"
    yield f"{len(evidence.turns)} turns, {len(evidence.deliveries)} parts ({resent} sent again, their outcome unknown)."
    yield f"Longest turn {longest_turn(evidence):.1f} s; at rest {outcome.rest_seconds:.1f} s after the last message."
    lost = sum(len(wrong.get(name, ())) for name in LOST)
    yield f"Lost: {lost}. Twice: {len(wrong.get('no_part_goes_out_twice', ()))}."
    yield f"Out of order: {len(wrong.get('order_is_kept', ()))}. Dead letters: {evidence.dead_letters}."
    yield f"Invariants broken: {', '.join(wrong) or 'none'}."
    yield from outcome.seen
    for name, cases in wrong.items():
        yield from (f"  {name}: {case}" for case in cases[:10])
