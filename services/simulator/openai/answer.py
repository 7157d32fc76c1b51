"""The answer to a burst: one text that touches every point of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.simulator.openai.reading import Point
from services.simulator.openai.results import Course
from services.simulator.openai.scene import DESCRIBE, DETAILS, ENROL, EVERYTHING, PERSON, SAVE, SEARCH, Scene
from services.simulator.openai.wording import in_full, listing, quoted

_INTRODUCTION = {"greeting", "name", "home", "email"}


@dataclass(frozen=True)
class Answer:
    """One text that touches every point of the burst, in the burst's order."""

    scene: Scene

    def text(self) -> str:
        sections = [*self._opening(), *(part for point in self.scene.points for part in self._section(point))]
        sections += self._unclear()
        if {"name", "home"} & (kinds := {point.kind for point in self.scene.points}) and kinds <= _INTRODUCTION:
            sections.append(self.scene.texts["which_topic"])
        if not sections:
            sections = [self.scene.texts["idle"]]
        sections += self._offer()
        return "\n\n".join(dict.fromkeys(section for section in sections if section))

    def _opening(self) -> list[str]:
        """A greeting, unless it went out beside the calls already."""
        kinds = [point.kind for point in self.scene.points]
        if self.scene.announced or ("greeting" not in kinds and self.scene.has_spoken):
            return []
        hello = self.scene.hello()
        only_greets = set(kinds) <= {"greeting"}
        return [f"{hello} {self.scene.texts['how_can_i_help']}" if only_greets else hello]

    def _section(self, point: Point) -> list[str]:
        texts = self.scene.texts
        match point.kind:
            case "topic":
                return [self._about(point)]
            case "follow_up":
                return [self._follow_up(point)]
            case "name" | "email" | "home" | "person":
                return [self._noted(point)]
            case "location":
                return [texts["place"].format(place=f": {point.subject}" if point.subject else "")]
            case "reaction":
                return [texts["reaction"].format(emoji=point.subject)] if point.subject else []
            case "media":
                return [texts[point.subject]]
            case "card" | "form" | "order" | "unsupported" | "thanks":
                return [texts[point.kind]]
            case "agreement":
                return [texts["agreement"]] if len(self.scene.points) == 1 else []
            case _:
                return []

    def _about(self, point: Point) -> str:
        scene, subject = self.scene, f"«{point.subject}»"
        if (course := scene.course_named(point)) is not None and (full := self._in_full(course)):
            return full
        found = scene.result_of(SEARCH, {"query": point.subject or EVERYTHING})
        if found is None:
            return self._from_memory(point, subject)
        if not found.ok:
            return scene.texts["not_looked_up"].format(subject=subject)
        if len(found.courses) == 1 and (full := self._in_full(found.courses[0])):
            return full
        if found.courses:
            heading = "found" if point.subject else "found_all"
            listed = listing(found.courses, found.total, scene.texts)
            return f"{scene.texts[heading].format(subject=subject)}\n{listed}"
        if found.closed:
            return scene.texts["closed"].format(names=quoted(found.closed, scene.texts["and"]))
        if found.text:
            return scene.texts["said_by_tool"].format(subject=subject, text=found.text)
        return scene.texts["found_nothing"].format(subject=subject)

    def _in_full(self, course: Course) -> str:
        """All that this turn's look-up told about a course; empty when it was not looked up."""
        texts, wanted = self.scene.texts, {"course_id": course.id}
        told = {name: self.scene.result_of(name, wanted) for name in (DETAILS, DESCRIBE, ENROL)}
        if any(result is not None and not result.ok for result in told.values()):
            return texts["not_open"]
        if (link := told[ENROL]) is not None and link.courses:
            return texts["enrol_here"].format(title=link.courses[0].title, link=link.courses[0].link)
        if told[DESCRIBE] is not None:
            return texts["described"].format(title=f"*{course.title}*")
        full = told[DETAILS]
        return in_full(full.courses[0], texts) if full is not None and full.courses else ""

    def _from_memory(self, point: Point, subject: str) -> str:
        """Nothing could be looked up: courses that earlier results hold, or an honest no."""
        known = (*self.scene.known_before, *self.scene.known_now)
        fitting = [course for course in known if course.fits(point.subject)]
        if fitting:
            listed = listing(_once(fitting), 0, self.scene.texts)
            return f"{self.scene.texts['found'].format(subject=subject)}\n{listed}"
        return self.scene.texts["not_looked_up"].format(subject=subject)

    def _follow_up(self, point: Point) -> str:
        """A question without a subject: about what was found last, unless a topic's own section tells it."""
        scene, courses = self.scene, _once(self.scene.found_last)
        if len(courses) == 1 and (full := self._in_full(courses[0])):
            return full
        if any(point.kind == "topic" for point in scene.points):
            return ""
        if not courses:
            return scene.texts["which_course"]
        if len(courses) == 1:
            return in_full(courses[0], scene.texts)
        asked = [scene.texts["which_of_these"]] if point.wants_details else []
        return "\n".join([*asked, listing(courses, 0, scene.texts)])

    def _noted(self, point: Point) -> str:
        saved = [self.scene.results.get(id_) for id_, call in self.scene.made.items() if call.name == SAVE]
        if any(result is not None and not result.ok for result in saved):
            return self.scene.texts["not_saved"]
        if point.kind == "email":
            return self.scene.texts["email_noted"].format(email=point.subject)
        if point.kind == "home":
            return self.scene.texts["home_noted"].format(place=point.subject)
        if point.kind == "person" and any(call.name == PERSON for call in self.scene.made.values()):
            return self.scene.texts["handed_over"]
        if point.kind == "person":
            return self.scene.texts["person" if saved else "no_person"]
        return self.scene.texts["nice_to_meet"].format(name=point.subject)

    def _unclear(self) -> list[str]:
        lines = [point.line for point in self.scene.points if point.kind == "unclear"]
        quotes = quoted(lines, self.scene.texts["and"])
        return [self.scene.texts["unclear"].format(lines=quotes)] if lines else []

    def _offer(self) -> list[str]:
        """To tell more: of what searches found, or of what was described."""
        described = (self.scene.results.get(id_) for id_, call in self.scene.made.items() if call.name == DESCRIBE)
        if any(result is not None and result.ok for result in described):
            return [self.scene.texts["any_doubt"]]
        found = [len(result.courses) for result in self.scene.results.values() if result.courses]
        if max(found, default=0) > 1:
            return [self.scene.texts["want_more"]]
        searched_only = all(call.name not in (DETAILS, DESCRIBE, ENROL) for call in self.scene.made.values())
        return [self.scene.texts["want_more_of_it"]] if found == [1] and searched_only else []


def _once(courses: Iterable[Course]) -> list[Course]:
    return list({course.title: course for course in courses}.values())
