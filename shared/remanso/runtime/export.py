"""The archive of what is held about a contact: `contact.json` and the files that are kept, in one ZIP."""

import asyncio
import json
from datetime import UTC, datetime
from io import BytesIO
from mimetypes import guess_extension
from typing import Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from remanso.errors import BadInput
from remanso.store import Store
from remanso.store.exports import FORMAT, StoredFile


async def archive(store: Store, client: str, contact_id: UUID) -> bytes:
    """The ZIP's bytes, all of it read in one transaction. Raises BadInput where the client has no such contact."""
    async with store.transaction() as tx:
        person = await tx.persons.of(client, contact_id)
        if person is None:
            raise BadInput(f"{client} has no such contact (any more)")
        tables, files = await tx.exports.rows(person), await tx.exports.files(person)
    document = {
        "format": FORMAT,
        "client": client,
        "contact_id": str(contact_id),
        "exported_at": datetime.now(UTC).isoformat(),
        "tables": tables,
        "files": [
            {"message_id": str(f.message_id), "path": _path(f), "mime_type": f.mime_type, "bytes": len(f.content)}
            for f in files
        ],
    }
    return await asyncio.to_thread(_packed, document, files)  # a long history takes seconds, and others are served


def _packed(document: dict[str, Any], files: list[StoredFile]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as zipped:
        zipped.writestr("contact.json", json.dumps(document, ensure_ascii=False, indent=2))
        for file in files:
            zipped.writestr(_path(file), file.content)
    return packed.getvalue()


def _path(file: StoredFile) -> str:
    return f"files/{file.message_id}{guess_extension(file.mime_type) or ''}"
