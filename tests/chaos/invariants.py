"""What must be true of every wave once it is at rest, whoever was killed where. Pure: evidence in, violations out."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from statistics import median

from remanso.model.delivery import DeliveryState
from tests.chaos.bills import ROUNDING, billed_dollars
from tests.chaos.evidence import Evidence, Row
from tests.chaos.world import RECONCILE_SECONDS, SLOWNESS

QUIET_KINDS = {"reaction", "identity_change", "edit", "revoke"}
WENT_OUT = {DeliveryState.ACCEPTED, DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ}
LAST_POST_SECONDS = 1.5 * SLOWNESS
"""A part written down as `sending` right before a take-over may reach Meta this much later: one call's time limit."""
TRAVEL_SECONDS, SLOWER = 0.5 * SLOWNESS, 4.0
"""What a receipt may take from its 200 to its row: this, or so many times what it usually took in the wave."""

LEFT = "was left"
"""What a message was that nobody answered, in the words of its violation; releases before 0025 did that."""

_MARK = re.compile(r"m\d+p\d+e")

Check = Callable[[Evidence], Iterable[str]]


def every_webhook_is_stored_once(evidence: Evidence) -> Iterator[str]:
    """What got a 200 is in PostgreSQL, once, however often it came."""
    messages = Counter(row["wamid"] for row in evidence.messages if row["wamid"])
    receipts = Counter((row["wamid"], row["status"]) for row in evidence.receipts)
    sent = {request["wamid"] for request in evidence.accepted()}
    for post in evidence.posts:
        if post["status"] != 200:
            continue
        for value in _values(json.loads(post["body"])):
            for message in _messages(value) if _is_ours(value, evidence) else ():
                if messages[message["id"]] != 1:
                    yield f"message {message['id']} is stored {messages[message['id']]} times"
            for status in value.get("statuses", ()):
                times = receipts[status["id"], status["status"]]
                if status["id"] in sent and times != 1:
                    yield f"receipt {status['status']} of {status['id']} is stored {times} times"
    for part in evidence.parts:
        stored = sum(part.mark in json.dumps(row["value"]) for row in evidence.reports)
        if part.reports and stored != 2:
            yield f"of two reports {stored} are stored"


def every_message_has_its_end(evidence: Evidence) -> Iterator[str]:
    """In an answered turn, answered by a person, kept as feedback, or dropped for a stated reason.

    A reaction may wait, and so may what was written to a person who still has the word.
    """
    turns = {turn["id"]: turn for turn in evidence.turns}
    for message in evidence.messages:
        if message["author"] != "contact" or (not message["fate"] and _may_wait(evidence, message)):
            continue
        turn = turns.get(message["turn_id"])
        ended = {
            "turn": turn is not None and turn["state"] in ("answered", "cancelled"),
            "human": True,
            "dropped": bool(message["drop_reason"]),
            "feedback": message["content"]["kind"] in ("choice", "text") and turn is None,
        }
        if not ended.get(message["fate"], False):
            yield f"message {message['id']} ended as {message['fate']} ({turn and turn['state']})"
        elif message["fate"] == "human" and not _has_word_after(evidence, message):
            yield f"message {message['id']} {LEFT} to a person who said nothing"
        elif turn is not None and turn["state"] == "cancelled" and not _has_begun(evidence, turn):
            yield f"message {message['id']} {LEFT} in a turn that ended before it began"


def nobody_waits_in_vain(evidence: Evidence) -> Iterator[str]:
    """Where a person was asked for and nobody came, what was written meanwhile is answered, and the mark stays.

    The model is told so once; the mark is there until somebody sees to it.
    """
    for conversation in evidence.conversations:
        if conversation["nobody_came_at"] is None:
            continue
        if conversation["mode"] != "bot" or not conversation["handoff_reason"]:
            yield f"conversation {conversation['id']} lost its mark"
        since = [turn for turn in evidence.turns if turn["conversation_id"] == conversation["id"]
                 and turn["epoch"] == conversation["epoch"]]  # fmt: skip
        if [turn["nobody_came"] for turn in since] != [place == 0 for place in range(len(since))]:
            yield f"of {len(since)} turns {[turn['number'] for turn in since if turn['nobody_came']]} were told"
    for part in evidence.parts:
        of_part = [row for row in evidence.conversations if row["reply_wa_id"] == part.wa_id]
        if part.unattended and not any(row["nobody_came_at"] for row in of_part):
            yield f"that nobody came to {part.wa_id} {LEFT} unsaid"


def every_turn_is_answered(evidence: Evidence) -> Iterator[str]:
    """Nothing here deserves a failure: a turn is answered, with parts that went out, unless a person took over."""
    for turn in evidence.turns:
        parts = [d for d in evidence.deliveries if d["turn_id"] == turn["id"] and d["kind"] == "answer"]
        if turn["state"] not in ("answered", "cancelled"):
            yield f"turn {turn['id']} is {turn['state']}: {turn['reason']}"
        elif turn["state"] == "answered" and not parts:
            yield f"turn {turn['id']} is answered without a word"
    for delivery in evidence.deliveries:
        if delivery["state"] not in WENT_OUT | {DeliveryState.CANCELLED}:
            yield f"part {delivery['id']} is {delivery['state']}: {delivery['reason']}"


def no_part_goes_out_twice(evidence: Evidence) -> Iterator[str]:
    """Meta takes each part once.

    Again only where the part is counted as resent, a receipt was waited for as long as it must be, and none of an
    earlier sending, by the times receipts take to travel, could have been there: nothing told that it went out.
    """
    deliveries = {delivery["id"]: delivery for delivery in evidence.deliveries}
    times: defaultdict[str, list[Row]] = defaultdict(list)
    for request in evidence.accepted():
        times[request["callback"]].append(request)
    for callback, requests in times.items():
        delivery = deliveries.get(callback)
        if delivery is None:
            yield f"Meta took a part that nobody queued: {callback}"
        elif len(requests) > 1 + delivery["resends"] or not _blind(evidence, requests):
            yield f"part {callback} went out {len(requests)} times"
    elsewhere = {wamid for part in evidence.parts for wamid in part.echoes}
    for delivery in evidence.deliveries:
        went_out = delivery["id"] in times or delivery["wamid"] in elsewhere
        if (delivery["state"] in WENT_OUT) != went_out:
            yield f"part {delivery['id']} is {delivery['state']}, Meta took it {len(times[delivery['id']])} times"


def order_is_kept(evidence: Evidence) -> Iterator[str]:
    """Parts go out in the order of their queue; the log has no gaps, and each turn stands before the next.

    Where two conversations became one, the order is each turn's: it belonged to one of them all along.
    """
    joined = _joined(evidence)
    positions = {
        delivery["id"]: (
            (delivery["conversation_id"], delivery["conversation_id"] in joined and delivery["turn_id"]),
            delivery["position"],
        )
        for delivery in evidence.deliveries
    }
    newest: dict[object, int] = {}
    seen = set()
    for request in evidence.accepted():
        if request["callback"] in seen or request["callback"] not in positions:
            continue
        seen.add(request["callback"])
        queue, position = positions[request["callback"]]
        if position < newest.get(queue, 0):
            yield f"part {position} of conversation {queue[0]} went out after part {newest[queue]}"
        newest[queue] = max(position, newest.get(queue, 0))
    for conversation in evidence.conversations:
        yield from _disorder_in_log(evidence, conversation["id"], conversation["id"] in joined)


def no_write_tool_runs_twice(evidence: Evidence) -> Iterator[str]:
    """Each booking stands in the ledger once; one whose outcome is unknown at most once; one never started, never."""
    runs = Counter(line.rpartition(" ")[2] for line in evidence.ledger if line.startswith("book "))
    calls = {f"{call['turn_id']}:{call['call_id']}": call for call in evidence.calls if call["effect"] == "write"}
    for key, times in runs.items():
        if times > 1 or key not in calls:
            yield f"write tool {key} ran {times} times, its row is {'there' if key in calls else 'missing'}"
    for key, call in calls.items():
        if call["name"] == "book_seat" and call["state"] == "done" and _ran(call) and runs[key] != 1:
            yield f"write tool {key} is done, but ran {runs[key]} times"
        if call["state"] == "pending" and runs[key]:
            yield f"write tool {key} ran without being marked as started"


def no_step_is_paid_twice(evidence: Evidence) -> Iterator[str]:
    """Each stored step is one answer of OpenAI with its usage; once stored, it is never asked for again.

    An answer may be lost with the process before it is stored: it is asked for again, and counted as lost. So is one
    that a zombie asks for, not knowing yet that a later attempt has stored the step.
    """
    answers = {record["request_id"]: record for record in evidence.model if record["request_id"]}
    used = Counter(step["request_id"] for step in evidence.steps)
    stored = {(step["turn_id"], step["number"]): step for step in evidence.steps}
    for step in evidence.steps:
        record = answers.get(step["request_id"])
        if record is None or used[step["request_id"]] != 1:
            yield f"step {step['id']} stands for {used[step['request_id']]} uses of {(record and 'one') or 'no'} answer"
        elif (billed := _billed(record)) != _stored(step):
            yield f"step {step['id']} stores {_stored(step)}, billed were {billed}"
    for record in evidence.model:
        turn_id, attempt, number = _label(record)
        known = stored.get((turn_id, number))
        if known and record["at"] > _seconds(known["created_at"]) and attempt >= known["attempt"]:
            yield f"step {number} of turn {turn_id} was asked for again after it was stored"


def every_sound_is_heard_once(evidence: Evidence) -> Iterator[str]:
    """Each voice note of an answered turn has its one transcript, of its own words; once stored, nobody asks again."""
    answers = {record["request_id"]: record for record in evidence.heard if record["request_id"]}
    stored = {row["message_id"]: row for row in evidence.media if row["kind"] == "audio"}
    used = Counter(row["request_id"] for row in stored.values())
    turns = {turn["id"]: turn["state"] for turn in evidence.turns}
    parts = {row["id"]: evidence.part_of(row["reply_wa_id"]) for row in evidence.conversations}
    for message in evidence.messages:
        if message["content"]["kind"] == "audio" and turns.get(message["turn_id"]) == "answered":
            row, part = stored.get(message["id"], {}), parts[message["conversation_id"]]
            if row.get("state") != "heard" or part is None or _marks(row["transcript"]) != {part.mark}:
                yield f"voice note {message['id']} was {row.get('state')} ({row.get('reason')})"
    for row in stored.values():
        record = answers.get(row["request_id"])
        if row["state"] == "heard" and (record is None or used[row["request_id"]] != 1):
            yield f"the transcript of {row['message_id']} stands for no answer of its own"
        elif record and record["response"]["usage"]["seconds"] != row["audio_seconds"]:
            yield f"the transcript of {row['message_id']} stores {row['audio_seconds']} s"
    for record in evidence.heard:
        message_id, _, attempt = (record["client_request_id"] or "").partition("/")
        known = stored.get(message_id)
        if known and record["at"] > _seconds(known["created_at"]) and int(attempt or 0) >= known["attempt"]:
            yield f"voice note {message_id} was sent to be heard again after its words were stored"


def credit_is_what_was_billed(evidence: Evidence) -> Iterator[str]:
    """Each reserve is closed once; each account paid what OpenAI billed for what is stored, no more."""
    if not evidence.credit:
        return
    closed: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    paid: defaultdict[tuple[str, ...], float] = defaultdict(float)
    for entry in evidence.credit:
        reserve = tuple(str(entry[name]) for name in ("turn_id", "step", "attempt", "message_id", "account_id"))
        closed[reserve].append(entry["kind"])
        if entry["kind"] in ("settle", "excess"):
            paid[reserve] += entry["amount"]
    costs = billed_dollars(evidence)
    accounts = {(reserve[0], reserve[4]) for reserve in closed}
    for reserve, kinds in closed.items():
        ends = [kind for kind in kinds if kind != "reserve"]
        if kinds.count("reserve") != 1 or ends != ["settle" if reserve[:4] in costs else "release"]:
            yield f"credit reserved for {reserve} went the way {sorted(kinds)}"
    for call, cost in costs.items():
        for account in {account for turn, account in accounts if turn == call[0]}:
            if abs(paid[*call, account] - cost) > ROUNDING:
                yield f"call {call} cost {cost}, account {account} paid {paid[*call, account]}"


def lost_answers(evidence: Evidence) -> int:
    """Answers that were paid for and never stored: the price of a kill between the answer and its commit."""
    used = {row["request_id"] for row in (*evidence.steps, *evidence.media)}
    return sum(
        1 for record in (*evidence.model, *evidence.heard) if record["request_id"] and record["request_id"] not in used
    )


def whereabouts(evidence: Evidence) -> Iterator[str]:
    """Of messages that are stored nowhere: what their webhooks were answered. No invariant, a clue."""
    stored = {row["wamid"] for row in evidence.messages}
    for wamid in (wamid for part in evidence.parts for wamid in part.wamids if wamid not in stored):
        answers = [post["status"] for post in evidence.posts if wamid in post["body"]]
        yield f"the webhook of {wamid} got {answers or 'no try'}"


def turns_are_fenced(evidence: Evidence) -> Iterator[str]:
    """Attempts only rise from step to step, and each step was asked for by the attempt that stored it."""
    asked = {record["request_id"]: _label(record) for record in evidence.model}
    for step in evidence.steps:
        label = (step["turn_id"], step["attempt"], step["number"])
        if asked.get(step["request_id"], label) != label:
            yield f"step {label} was asked for as {asked[step['request_id']]}"
    for turn in evidence.turns:
        attempts = [step["attempt"] for step in evidence.steps if step["turn_id"] == turn["id"]]
        attempts_of_calls = [c["attempt"] for c in evidence.calls if c["turn_id"] == turn["id"] and c["attempt"]]
        if attempts != sorted(attempts) or max([*attempts, *attempts_of_calls], default=0) > turn["attempt"]:
            yield f"turn {turn['id']} was stored under attempts {attempts}, its last is {turn['attempt']}"


def take_overs_are_respected(evidence: Evidence) -> Iterator[str]:
    """After a take-over has committed, no part of the bot's starts that was composed before it."""
    deliveries = {delivery["id"]: delivery for delivery in evidence.deliveries}
    epochs = {row["id"]: row["epoch"] for row in evidence.conversations}
    for request in evidence.accepted():
        part, delivery = evidence.part_of(request["to"]), deliveries.get(request["callback"])
        if part is None or part.taken_over_at is None or delivery is None:
            continue
        outdated = delivery["epoch"] < epochs[delivery["conversation_id"]] and delivery["epoch"] == 0
        if outdated and request["at"] > part.taken_over_at + LAST_POST_SECONDS:
            yield f"part {delivery['id']} went out {request['at'] - part.taken_over_at:.1f} s after a take-over"


def nothing_is_crossed(evidence: Evidence) -> Iterator[str]:
    """No text of one contact or client reaches another, neither on a phone nor in a prompt."""
    deliveries = {delivery["id"]: delivery for delivery in evidence.deliveries}
    conversations = {row["id"]: row for row in evidence.conversations}
    for request in evidence.graph:
        part, delivery = evidence.part_of(request["to"]), deliveries.get(request["callback"])
        if part is None or delivery is None:
            yield f"a part for {request['to']}, who has none in this wave"
            continue
        if conversations[delivery["conversation_id"]]["reply_wa_id"] != part.wa_id or request["pnid"] != part.channel:
            yield f"part {delivery['id']} went to another conversation"
        if request["payload"]["text"]["body"] != delivery["payload"]["text"]:
            yield f"part {delivery['id']} went out with another text"
        if foreign := _marks(request["payload"]) - {part.mark}:
            yield f"part {delivery['id']} tells of {foreign}"
    people = {turn["id"]: conversations[turn["conversation_id"]]["reply_wa_id"] for turn in evidence.turns}
    for record in evidence.model:
        part = evidence.part_of(people.get(_label(record)[0]))
        if part is None or _marks(record["body"]) - {part.mark}:
            yield f"a prompt of turn {_label(record)[0]} tells of {_marks(record['body'])}"


def nothing_is_left_behind(evidence: Evidence) -> Iterator[str]:
    """Whoever turned out to be one person has one contact: names, credit, words and parts are all the survivor's."""
    for row in evidence.left_behind:
        yield f"{row['what']} of contact {row['contact']} was left behind"


def nothing_is_dead(evidence: Evidence) -> Iterator[str]:
    """Nothing in this scenario belongs into the dead letters."""
    if evidence.dead_letters:
        yield f"{evidence.dead_letters} new dead letters"


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        every_webhook_is_stored_once,
        every_message_has_its_end,
        nobody_waits_in_vain,
        every_turn_is_answered,
        no_part_goes_out_twice,
        order_is_kept,
        no_write_tool_runs_twice,
        no_step_is_paid_twice,
        every_sound_is_heard_once,
        credit_is_what_was_billed,
        turns_are_fenced,
        take_overs_are_respected,
        nothing_is_crossed,
        nothing_is_left_behind,
        nothing_is_dead,
    )
}


def violations(evidence: Evidence) -> dict[str, list[str]]:
    """What is wrong, by the name of the invariant."""
    found = {name: list(dict.fromkeys(check(evidence))) for name, check in CHECKS.items()}
    return {name: wrong for name, wrong in found.items() if wrong}


def _values(webhook: Row) -> Iterator[Row]:
    for entry in webhook.get("entry", ()):
        for change in entry["changes"]:
            if change["field"] in ("messages", "smb_message_echoes"):
                yield change["value"]


def _messages(value: Row) -> list[Row]:
    return [*value.get("messages", ()), *value.get("message_echoes", ())]


def _is_ours(value: Row, evidence: Evidence) -> bool:
    return value["metadata"]["phone_number_id"] in {part.channel for part in evidence.parts}


def _may_wait(evidence: Evidence, message: Row) -> bool:
    held = {row["id"] for row in evidence.conversations if row["mode"] == "human" and not row["handoff_reason"]}
    return message["content"]["kind"] in QUIET_KINDS or message["conversation_id"] in held


def _has_word_after(evidence: Evidence, message: Row) -> bool:
    """Whether a person said something behind it."""
    return any(
        other["author"] == "human" and other["position"] > message["position"]
        for other in evidence.messages
        if other["conversation_id"] == message["conversation_id"] and other["position"] is not None
    )


def _has_begun(evidence: Evidence, turn: Row) -> bool:
    return any(step["turn_id"] == turn["id"] and step["outcome"] == "kept" for step in evidence.steps)


def _blind(evidence: Evidence, requests: list[Row]) -> bool:
    """Whether nothing told of any sending in time before the next one."""
    taken = _receipts_taken(evidence)
    usual = [_seconds(row["created_at"]) - taken.get((row["wamid"], row["status"]), 0.0) for row in evidence.receipts]
    travel = max(TRAVEL_SECONDS, SLOWER * median(usual or [0.0]))
    told: dict[str, float] = {}
    for (wamid, _), at in taken.items():
        told[wamid] = min(at, told.get(wamid, at))
    return all(
        after["at"] - before["at"] >= RECONCILE_SECONDS
        and told.get(before["wamid"], after["at"]) > after["at"] - travel
        for before, after in pairwise(requests)
    )


def _receipts_taken(evidence: Evidence) -> dict[tuple[str, str], float]:
    """When each receipt got its first 200, by wamid and status."""
    taken: dict[tuple[str, str], float] = {}
    for post in evidence.posts:
        if post["status"] == 200:
            for value in _values(json.loads(post["body"])):
                for status in value.get("statuses", ()):
                    taken.setdefault((status["id"], status["status"]), post["at"])
    return taken


def _joined(evidence: Evidence) -> set[str]:
    """Conversations into which another one went."""
    people = {part.wa_id for part in evidence.parts if part.joined}
    return {row["id"] for row in evidence.conversations if row["reply_wa_id"] in people}


def _disorder_in_log(evidence: Evidence, conversation_id: str, joined: bool) -> Iterator[str]:
    log = [m for m in evidence.messages if m["conversation_id"] == conversation_id and m["position"] is not None]
    if [message["position"] for message in log] != list(range(1, len(log) + 1)):
        yield f"the log of conversation {conversation_id} is numbered {[message['position'] for message in log]}"
    turns = {turn["id"]: turn for turn in evidence.turns if turn["conversation_id"] == conversation_id}
    numbers = [turns[message["turn_id"]]["number"] for message in log if message["turn_id"]]
    if (numbers != sorted(numbers) and not joined) or sorted(t["number"] for t in turns.values()) != list(
        range(1, len(turns) + 1)
    ):
        yield f"the turns of conversation {conversation_id} stand in the order {numbers}"
    for turn in turns.values():
        times = [m["sent_at"] for m in log if m["turn_id"] == turn["id"] and m["author"] == "contact"]
        if turn["absorptions"] == 0 and times != sorted(times):
            yield f"the messages of turn {turn['id']} stand in the order {times}"


def _ran(call: Row) -> bool:
    """Whether the result tells of a run, not of a refusal to run."""
    result = json.loads(call["result"])
    return bool(result.get("ok"))


def _label(record: Row) -> tuple[str, int, int]:
    """Turn, attempt and number of the step that was asked for."""
    turn_id, attempt, number = (record["client_request_id"] or "//").split("/")
    return turn_id, int(attempt or 0), int(number or 0)


def _billed(record: Row) -> tuple[int, int, int]:
    usage = record["response"]["usage"]
    return usage["prompt_tokens"], usage["completion_tokens"], usage["prompt_tokens_details"]["cached_tokens"]


def _stored(step: Row) -> tuple[int, int, int]:
    return step["input_tokens"], step["output_tokens"], step["cached_tokens"]


def _marks(value: object) -> set[str]:
    return set(_MARK.findall(json.dumps(value)))


def _seconds(timestamp: str) -> float:
    return datetime.fromisoformat(timestamp).timestamp()
