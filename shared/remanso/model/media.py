"""What became of a file that a contact sent."""

from enum import StrEnum


class MediaState(StrEnum):
    """A file is opened once, in the turn that answers its message; what that gave does not change any more."""

    HEARD = "heard"
    """Sound that became words. They may be none."""
    SEEN = "seen"
    """A picture whose bytes are kept and shown to the model."""
    NAMED = "named"
    """Told by kind, name, type and size; nobody looks inside."""
    FAILED = "failed"
    """It should have been opened and could not be; the reason is stored and the model is told."""
