"""Emprendemy's tools: what the bot can look up, send, write down, and hand over; and its courses."""

from emprendemy_bot.catalogue import offer
from emprendemy_bot.contact import save_contact
from emprendemy_bot.courses import course_details, describe_course, enrollment_link, search_courses
from emprendemy_bot.handoff import ask_for_person

tools = (search_courses, course_details, describe_course, enrollment_link, save_contact, ask_for_person)
collections = (offer,)

__all__ = [
    "ask_for_person",
    "collections",
    "course_details",
    "describe_course",
    "enrollment_link",
    "save_contact",
    "search_courses",
    "tools",
]
