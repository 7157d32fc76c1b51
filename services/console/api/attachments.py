"""`/conversations/{conversation_id}/attachments`: files by their bytes, for a message that names them."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter, UploadFile
from pydantic import BaseModel, Field

from services.console.api.caller import Here, Writer
from services.console.api.once import Once
from services.console.api.problems import CHANGES
from services.console.bodies import UPLOAD
from services.console.composer import attaching
from services.console.composer.refusals import NotSaid, Refusal
from services.console.composer.uploads import uploaded

routes = APIRouter(prefix="/conversations/{conversation_id}/attachments", tags=["Messages"], route_class=Once)


class AttachmentOut(BaseModel):
    id: UUID = Field(description="What a message calls it: `attachment_id`.")
    type: Literal["image", "video", "audio", "document"] = Field(description="Which `type` such a message has.")
    mime_type: str = Field(description="By its bytes.", examples=["image/png"])
    filename: str = Field(description="Shown to the contact with documents.")
    size: int = Field(description="Bytes.")
    unsaid_until: datetime = Field(description="Deleted then, unless a message named it before.")


@routes.post("", status_code=201, responses=CHANGES, max_body_size=UPLOAD, summary="Add a file to send")
async def attach(caller: Writer, console: Here, conversation_id: UUID, file: UploadFile) -> AttachmentOut:
    """Multipart, the file in the field `file`. What it is its bytes say; WhatsApp's kinds and sizes hold.

    Then send it: `{"type": "image", "attachment_id": "…"}`, as often as wanted, in this conversation.
    """
    upload = await uploaded(file, console.settings.largest_upload)
    if upload is None:
        raise NotSaid(Refusal.FILE_KIND)
    until = await attaching.attach(console, caller, conversation_id, upload)
    return AttachmentOut(
        id=upload.id,
        type=upload.kind,
        mime_type=upload.mime_type,
        filename=upload.filename,
        size=len(upload.content),
        unsaid_until=until,
    )
