"""Files on their way out, of a client's folder or attached: uploaded once in 30 days, then sent by their id."""

import asyncio
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import SecretStr

from remanso.channels.whatsapp.client import GraphClient
from remanso.channels.whatsapp.errors import RefusalKind, Scope
from remanso.channels.whatsapp.outcome import NotSent, Outcome, Refused
from remanso.errors import BadInput
from remanso.model.outgoing import Media, Outgoing
from remanso.model.outgoing_files import TAKEN, checked_type
from remanso.plugin.registry import Client
from remanso.store import Store
from remanso.store.conversations import Conversation

LEAST_SECONDS = 1.0
UPLOADS = 3
"""Of one part, where Meta says each time that it does not have the file."""
_UNKNOWN_ID = frozenset({100, 131053})
"""Meta's codes for an id it does not have, or not any more."""
_MOVING_STICKER = b"ANIM"


@dataclass(frozen=True)
class _Own:
    """A file that we have, by the name under which documents are shown."""

    name: str
    mime_type: str
    content: bytes


class Files:
    """An upload is written down as soon as Meta has it: a sender killed after that does not upload again."""

    def __init__(self, store: Store, graph: GraphClient) -> None:
        self._store = store
        self._graph = graph

    async def ready(
        self, message: Outgoing, conversation: Conversation, client: Client, token: SecretStr, seconds: float
    ) -> Outgoing | Refused | NotSent:
        """`message` as it can be sent: a file that we have stands in it by its id at Meta. Within `seconds`."""
        if not isinstance(message, Media) or not _is_ours(message):
            return message
        try:
            own = await self._own(message, conversation, client)
        except BadInput as problem:
            return Refused(None, None, RefusalKind.PERMANENT, str(problem))
        media_id = await self._uploaded(own, conversation.channel, token, seconds)
        if not isinstance(media_id, str):
            return media_id
        shown = own.name if message.type == "document" else None
        return message.model_copy(
            update={"id": media_id, "file": None, "attachment": None, "filename": message.filename or shown}
        )

    async def _own(self, message: Media, conversation: Conversation, client: Client) -> "_Own":
        """The file itself. Raises BadInput for what WhatsApp does not take, or is not here (any more)."""
        if message.attachment is None:
            content, mime_type = await asyncio.to_thread(_read, client.folder, message)
            return _Own(Path(message.file or "").name, mime_type, content)
        async with self._store.transaction() as tx:
            kept = await tx.attachments.get(conversation.id, message.attachment)
        if kept is None or kept.content is None:
            raise BadInput("the attached file is not kept any more")
        return _Own(kept.filename, kept.mime_type, kept.content)

    async def _uploaded(self, own: "_Own", channel: str, token: SecretStr, seconds: float) -> str | Refused | NotSent:
        """Its id at Meta, from an earlier upload if there is one."""
        digest = hashlib.sha256(own.content).hexdigest()
        async with self._store.transaction() as tx:
            media_id = await tx.uploads.find(channel, digest, own.mime_type)
        if media_id is not None:
            return media_id
        if seconds < LEAST_SECONDS:
            return NotSent("no time left for an upload")
        uploaded = await self._graph.upload(channel, token, own.content, own.mime_type, own.name, seconds=seconds)
        if isinstance(uploaded, str):
            async with self._store.transaction() as tx:
                await tx.uploads.remember(channel, digest, own.mime_type, uploaded)
        return uploaded

    async def after(self, asked: Outgoing, sent: Outgoing, channel: str, outcome: Outcome) -> Outcome:
        """The outcome, but for an id that Meta has lost: it is forgotten, and the next try uploads again."""
        if not isinstance(asked, Media) or not _is_ours(asked) or not isinstance(sent, Media):
            return outcome
        if not isinstance(outcome, Refused) or outcome.code not in _UNKNOWN_ID:
            return outcome
        async with self._store.transaction() as tx:
            await tx.uploads.forget(channel, sent.id or "")
        return replace(outcome, kind=RefusalKind.RETRY, scope=Scope.NOTHING, tries=UPLOADS)


def _is_ours(message: Media) -> bool:
    return message.file is not None or message.attachment is not None


def _read(folder: Path, message: Media) -> tuple[bytes, str]:
    """The file's bytes and type. Raises BadInput for what WhatsApp does not take; no more is read than it may have."""
    root = folder.resolve()
    path = (root / (message.file or "")).resolve()
    if not path.is_relative_to(root) or not path.is_file():
        raise BadInput("the client's folder has no such file")
    try:
        with path.open("rb") as file:
            content = file.read(TAKEN[message.type][1] + 1)
    except OSError as problem:
        raise BadInput(f"the file cannot be read: {problem.strerror}") from None
    moves = message.type == "sticker" and _MOVING_STICKER in content[:64]
    return content, checked_type(message.type, path.name, len(content), voice=message.voice, moves=moves)
