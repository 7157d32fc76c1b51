"""Files of a client's folder on their way out: checked, uploaded once in 30 days, then sent by their id."""

import asyncio
import hashlib
from dataclasses import replace
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

LEAST_SECONDS = 1.0
UPLOADS = 3
"""Of one part, where Meta says each time that it does not have the file."""
_UNKNOWN_ID = frozenset({100, 131053})
"""Meta's codes for an id it does not have, or not any more."""
_MOVING_STICKER = b"ANIM"


class Files:
    """An upload is written down as soon as Meta has it: a sender killed after that does not upload again."""

    def __init__(self, store: Store, graph: GraphClient) -> None:
        self._store = store
        self._graph = graph

    async def ready(
        self, message: Outgoing, client: Client, channel: str, token: SecretStr, seconds: float
    ) -> Outgoing | Refused | NotSent:
        """`message` as it can be sent: a file of the client's folder stands in it by its id. Within `seconds`."""
        if not isinstance(message, Media) or message.file is None:
            return message
        try:
            content, mime_type = await asyncio.to_thread(_read, client.folder, message)
        except BadInput as problem:
            return Refused(None, None, RefusalKind.PERMANENT, str(problem))
        digest = hashlib.sha256(content).hexdigest()
        async with self._store.transaction() as tx:
            media_id = await tx.uploads.find(channel, digest, mime_type)
        if media_id is None:
            if seconds < LEAST_SECONDS:
                return NotSent("no time left for an upload")
            name = message.filename or Path(message.file).name
            uploaded = await self._graph.upload(channel, token, content, mime_type, name, seconds=seconds)
            if not isinstance(uploaded, str):
                return uploaded
            media_id = uploaded
            async with self._store.transaction() as tx:
                await tx.uploads.remember(channel, digest, mime_type, media_id)
        return message.model_copy(update={"id": media_id, "file": None, "filename": _name(message)})

    async def after(self, asked: Outgoing, sent: Outgoing, channel: str, outcome: Outcome) -> Outcome:
        """The outcome, but for an id that Meta has lost: it is forgotten, and the next try uploads again."""
        if not isinstance(asked, Media) or asked.file is None or not isinstance(sent, Media):
            return outcome
        if not isinstance(outcome, Refused) or outcome.code not in _UNKNOWN_ID:
            return outcome
        async with self._store.transaction() as tx:
            await tx.uploads.forget(channel, sent.id or "")
        return replace(outcome, kind=RefusalKind.RETRY, scope=Scope.NOTHING, tries=UPLOADS)


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


def _name(message: Media) -> str | None:
    """Documents are shown by a name."""
    return message.filename or (Path(message.file or "").name if message.type == "document" else None)
