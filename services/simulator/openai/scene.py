"""What the conversation holds for the open turn, and which calls that asks for."""

import json
from functools import cached_property
from typing import Any

from services.simulator.openai.conversation import Call, Conversation, Tool, Utterance
from services.simulator.openai.notes import name_noted
from services.simulator.openai.reading import Point, how_english, names_in, read, words
from services.simulator.openai.results import Course, Result, result_from, significant
from services.simulator.openai.wording import EN, ES, quoted

SEARCH, DETAILS, SAVE = "search_courses", "course_details", "save_contact"
DESCRIBE, ENROL, PERSON = "describe_course", "enrollment_link", "ask_for_person"
"""Tools that not every school has; where they are missing, DETAILS and SAVE do for them."""
EVERYTHING = "cursos"
"""What is searched for when somebody asks for courses and names no topic."""

_MOST_CALLS = 4


class Scene:
    """What the conversation holds for the open turn: points read, calls made, courses known."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self.turn = conversation.turn()
        self.before = conversation.utterances[: len(conversation.utterances) - len(self.turn)]
        self.points = read(conversation.burst(), after_courses=bool(_courses(self.before)))
        self.texts = EN if self._english() else ES

    def _english(self) -> bool:
        """By the open lines, else by what was said before; Spanish when nothing tells."""
        before = [line for said in self.before if said.role == "user" for line in said.text.splitlines()]
        return (how_english(self._conversation.burst()) or how_english(before)) > 0

    @cached_property
    def made(self) -> dict[str, Call]:
        """The calls of this turn by id."""
        return {call.id or "": call for said in self.turn for call in said.calls}

    @cached_property
    def results(self) -> dict[str, Result]:
        """The results of this turn by call id."""
        return {said.answers or "": result_from(said.text) for said in self.turn if said.role == "tool"}

    @cached_property
    def known_before(self) -> tuple[Course, ...]:
        return _courses(self.before)

    @cached_property
    def known_now(self) -> tuple[Course, ...]:
        return _courses(self.turn)

    @cached_property
    def found_last(self) -> tuple[Course, ...]:
        """The courses a question without a subject is about: of this turn, else of the last turn that found any.

        Those that were described in a turn stand before those that it only found.
        """
        found: tuple[Course, ...] = ()
        described: tuple[Course, ...] = ()
        new_turn = True
        sent: dict[str, tuple[Course, ...]] = {}
        for said in self._conversation.utterances:
            sent |= {call.id or "": self._sent_by(call, found) for call in said.calls}
            if said.role == "user":
                new_turn, described = True, ()
            elif said.role == "tool" and (courses := result_from(said.text).courses):
                found = courses if new_turn else (*found, *courses)
                new_turn = False
            elif said.role == "tool" and (courses := sent.get(said.answers or "", ())):
                found = described = (*described, *courses)
                new_turn = False
        return found

    def _sent_by(self, call: Call, found: tuple[Course, ...]) -> tuple[Course, ...]:
        """The course whose description a call has sent: from then on it is what the talk is about."""
        wanted = arguments_of(call).get("course_id")
        known = (*self.known_before, *self.known_now, *found)
        return tuple(course for course in known if call.name == DESCRIBE and course.id == wanted)[:1]

    @property
    def announced(self) -> bool:
        """Whether the assistant already spoke in this turn, beside calls."""
        return any(said.role == "assistant" and said.text for said in self.turn)

    @cached_property
    def name(self) -> str:
        """The person's name: as they said it, as it was saved, or as a note tells it; newest first."""
        own = [point.subject for point in self.points if point.kind == "name"]
        told = list(names_in(said.text for said in self.before if said.role == "user"))
        saved = [arguments_of(call).get("name") for said in self.before for call in said.calls if call.name == SAVE]
        noted = [name_noted(said.text) for said in self._conversation.utterances if said.role == "system"]
        names = [name for name in (*noted, *told, *saved, *own) if isinstance(name, str) and name]
        return names[-1] if names else ""

    def result_of(self, name: str, arguments: dict[str, Any]) -> Result | None:
        """What this turn's call of a tool brought, None when it was not called or has no result."""
        for call_id, call in self.made.items():
            told = arguments_of(call)
            if call.name == name and all(told.get(key) == value for key, value in arguments.items()):
                return self.results.get(call_id)
        return None

    def course_named(self, point: Point) -> Course | None:
        """The one course a point is about: known from earlier turns, or just found when details are wanted."""
        pools = [self.known_before, self.known_now] if point.wants_details else [self.known_before]
        for pool in pools:
            for named in (
                [course for course in pool if course.called(set(words(point.subject)))],
                [course for course in pool if course.fits(point.subject)],
            ):
                if len({course.title for course in named}) == 1:
                    return named[-1]
        return None

    def calls(self) -> tuple[Call, ...]:
        """The calls the points need and that were not made yet, as many as may be made at once."""
        if not self._conversation.may_call:
            return ()
        wanted = [call for call in self._wanted() if not self._was_made(call)]
        unique = tuple(dict.fromkeys(wanted))
        return unique[: 1 if self._conversation.choice.one_call else _MOST_CALLS]

    def _wanted(self) -> list[Call]:
        offered = {tool.name: tool for tool in self._conversation.tools}
        asked: list[tuple[str, dict[str, Any]]] = []
        if (contact := self._contact()) is not None:
            asked.append((SAVE, contact))
        for point in self.points:
            asked.extend(self._lookups(point))
        for wish in [point.line for point in self.points if point.kind == "person" and PERSON in offered][:1]:
            asked.append((PERSON, {"reason": _reason(offered[PERSON], wish), "summary": wish}))
        return [call_of(offered[name], arguments) for name, arguments in asked if name in offered]

    def offers(self, name: str) -> bool:
        return any(tool.name == name for tool in self._conversation.tools)

    def _lookups(self, point: Point) -> list[tuple[str, dict[str, Any]]]:
        if point.kind == "follow_up":
            return self._follow_up(point)
        if point.kind != "topic":
            return []
        course = self.course_named(point)
        if course is not None and course.id is not None:
            return [self._about(course, point)]
        return [(SEARCH, {"query": point.subject or EVERYTHING})]

    def _follow_up(self, point: Point) -> list[tuple[str, dict[str, Any]]]:
        """Details of the one course found last; beside a topic, only once that topic's own search is done."""
        topic_open = any(other.kind == "topic" for other in self.points) and not self.known_now
        if topic_open or not point.wants_details or len(self.found_last) != 1 or self.found_last[0].id is None:
            return []
        return [self._about(self.found_last[0], point)]

    def _about(self, course: Course, point: Point) -> tuple[str, dict[str, Any]]:
        """The call that tells what is asked about one course."""
        if point.wants_link and self.offers(ENROL):
            return ENROL, {"course_id": course.id}
        if point.wants_details and self.offers(DESCRIBE):
            return DESCRIBE, {"course_id": course.id, "language": "en" if self.texts is EN else None}
        return DETAILS, {"course_id": course.id}

    def _contact(self) -> dict[str, Any] | None:
        """Name, addresses and wish for a person told in this turn, unless the same were saved before."""
        given: dict[str, str] = {}
        for point in self.points:
            if point.kind in ("name", "email"):
                given[point.kind] = point.subject
            elif point.kind == "home":
                given["location"] = point.subject
            elif point.kind == "person" and not self.offers(PERSON):
                given["note"] = point.line
        if not given:
            return None
        saved = [arguments_of(call) for said in self.before for call in said.calls if call.name == SAVE]
        if any(all(told.get(key) == value for key, value in given.items()) for told in saved):
            return None
        return {key: given.get(key) for key in ("name", "email", "location", "note")}

    def _was_made(self, call: Call) -> bool:
        return any(made.name == call.name and arguments_of(made) == arguments_of(call) for made in self.made.values())

    def announcement(self, calls: tuple[Call, ...]) -> str | None:
        """What is said beside the calls: what is being looked up. Saving is done without a word."""
        if self.announced or not any(call.name == SEARCH or self._subject(call) for call in calls):
            return None
        subjects = [subject for call in calls if (subject := self._subject(call))]
        text = self.texts["look_up_all"]
        if subjects:
            text = self.texts["look_up"].format(subjects=quoted(subjects, self.texts["and"]))
        greets = any(point.kind == "greeting" for point in self.points) or not self.has_spoken
        return f"{self.hello()} {text}" if greets else text

    def _subject(self, call: Call) -> str:
        if call.name == SEARCH:
            query = str(arguments_of(call).get("query", ""))
            return "" if query == EVERYTHING else query
        wanted = arguments_of(call).get("course_id")
        known = (*self.known_before, *self.known_now)
        return next((c.title for c in known if call.name in (DETAILS, DESCRIBE) and c.id == wanted), "")

    @property
    def has_spoken(self) -> bool:
        return any(said.role == "assistant" and said.text for said in self._conversation.utterances)

    def hello(self) -> str:
        first = self.name.split()[0] if any(char.isalpha() for char in self.name) else ""
        return self.texts["hello"].format(name=f", {first}" if first else "")


def _courses(said: tuple[Utterance, ...]) -> tuple[Course, ...]:
    """The courses that the last results among these messages told, newest result last."""
    return tuple(course for one in said if one.role == "tool" for course in result_from(one.text).courses)


def arguments_of(call: Call) -> dict[str, Any]:
    try:
        told = json.loads(call.arguments)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def call_of(tool: Tool, arguments: dict[str, Any]) -> Call:
    """A call whose arguments fit the tool's own schema: unknown ones dropped, required ones filled."""
    properties: dict[str, Any] = tool.parameters.get("properties", {})
    fitted = {key: value for key, value in arguments.items() if key in properties}
    for key in tool.parameters.get("required", []):
        fitted.setdefault(key, _empty(properties.get(key, {})))
    return Call(tool.name, json.dumps(fitted, ensure_ascii=False))


def _reason(tool: Tool, line: str) -> str:
    """The reason among those the tool takes whose words stand in the line; the first one when none does."""
    reasons = [str(reason) for reason in tool.parameters["properties"].get("reason", {}).get("enum", [])]
    said = set(words(line))
    return next((reason for reason in reasons if significant(reason) & said), reasons[0] if reasons else line)


def _empty(schema: dict[str, Any]) -> Any:
    """The plainest value of a schema."""
    kinds = schema.get("type", "null")
    kind = kinds if isinstance(kinds, str) else ("null" if "null" in kinds else kinds[0])
    if "enum" in schema:
        return schema["enum"][0]
    return {"string": "", "integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}.get(kind)
