"""Emprendemy's tools: what the bot can look up and write down."""

from emprendemy_bot.contact import save_contact
from emprendemy_bot.courses import course_details, search_courses

tools = (search_courses, course_details, save_contact)
