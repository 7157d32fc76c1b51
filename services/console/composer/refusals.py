"""Why something is not said."""

from enum import StrEnum


class Refusal(StrEnum):
    """Each has its words in the template, and for programs in `api/problems.py`."""

    NOT_YOURS = "not_yours"
    WINDOW = "window"
    EMPTY = "empty"
    FORM = "form"
    TEMPLATE = "template"
    FILE_KIND = "file_kind"
    FILE_LARGE = "file_large"
    FILE_BUTTONS = "file_buttons"
    """A file with buttons, or a sound with a text: WhatsApp has no such message."""
    FILE_GONE = "file_gone"
    """It was added to the conversation before, by a program, and is not kept any more; or it never was there."""


class NotSaid(Exception):
    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why
