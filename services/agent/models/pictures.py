"""Pictures in a prompt: shown to models that take them, inside the request, since nobody but us may fetch them."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import replace

from remanso.plugin.model_profile import Profile
from services.agent.asking import ContactText, Picture, PromptItem

ESTIMATED_TOKENS = 1_500
"""Of one picture, on the safe side; what it really takes hangs on its size and the model."""


def data_url(picture: Picture) -> str:
    return f"data:{picture.mime_type};base64,{b64encode(picture.content).decode()}"


def as_seen_by(profile: Profile, items: Iterable[PromptItem]) -> list[PromptItem]:
    """The items; without their pictures for a profile that takes none, such as a fallback. The text tells of them."""
    if profile.vision:
        return list(items)
    return [replace(item, pictures=()) if isinstance(item, ContactText) else item for item in items]
