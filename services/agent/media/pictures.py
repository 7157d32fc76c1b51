"""Which files are pictures that a model takes, and which of a conversation's it is shown. Pure."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from remanso.model.media import MediaState
from remanso.store.media import StoredMedia
from remanso.store.messages import LogMessage


def picture_type(content: bytes) -> str | None:
    """The MIME type of a picture by its first bytes; what it was called may be wrong, and servers look inside."""
    if content[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if content[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return None


def shown(log: Sequence[LogMessage], media: Mapping[UUID, StoredMedia], turn_id: UUID, most: int) -> list[UUID]:
    """The messages whose pictures are shown: the newest `most` of this turn and the one before it, in order.

    One turn longer, because people write "and this one?"; not for ever, because each costs its tokens in every step.
    """
    turns = list(dict.fromkeys(said.turn_id for said in log if said.turn_id is not None))
    place = turns.index(turn_id) if turn_id in turns else len(turns)
    recent = turns[max(0, place - 1) : place + 1]
    seen = [said.id for said in log if said.turn_id in recent and _is_seen(media.get(said.id))]
    return seen[max(0, len(seen) - most) :]


def _is_seen(stored: StoredMedia | None) -> bool:
    return stored is not None and stored.state == MediaState.SEEN
