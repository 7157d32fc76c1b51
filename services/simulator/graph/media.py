"""Files by id: what contacts sent, what businesses uploaded, and the short-lived links to read them."""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any

from services.simulator.graph.refusals import Refusal, invalid_parameter, missing_object
from services.simulator.graph.samples import samples

LINK_SECONDS = 5 * 60
_MEGABYTE = 1024 * 1024
_OFFICE = "application/vnd.openxmlformats-officedocument"
# What a business may upload or send, and how large it may be (Cloud API, supported media types, 2026).
ACCEPTED: dict[str, tuple[frozenset[str], int]] = {
    "image": (frozenset({"image/jpeg", "image/png"}), 5 * _MEGABYTE),
    "audio": (
        frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"}),
        16 * _MEGABYTE,
    ),
    "video": (frozenset({"video/mp4", "video/3gpp"}), 16 * _MEGABYTE),
    "document": (
        frozenset(
            {
                "text/plain",
                "application/pdf",
                "application/msword",
                "application/vnd.ms-excel",
                "application/vnd.ms-powerpoint",
                f"{_OFFICE}.wordprocessingml.document",
                f"{_OFFICE}.spreadsheetml.sheet",
                f"{_OFFICE}.presentationml.presentation",
            }
        ),
        100 * _MEGABYTE,
    ),
    "sticker": (frozenset({"image/webp"}), 500 * 1024),
}


@dataclass(frozen=True)
class File:
    """A stored file. `phone_number_id` is the number that uploaded it; None: a contact sent it."""

    id: str
    mime_type: str
    content: bytes
    filename: str | None = None
    phone_number_id: str | None = None

    @property
    def sha256(self) -> bytes:
        """The digest, which webhooks show in base64 and the media endpoint in hex."""
        return hashlib.sha256(self.content).digest()

    def announced(self) -> dict[str, Any]:
        """What an inbound message says of its file."""
        return {"id": self.id, "mime_type": self.mime_type, "sha256": base64.b64encode(self.sha256).decode()}


class MediaShelf:
    """All files, among them a built-in sample of each kind."""

    def __init__(self) -> None:
        self._files: dict[str, File] = {}
        self._samples: dict[str, File] = {}
        self._link_key = secrets.token_bytes(32)
        self.reset()

    def reset(self) -> None:
        """Forget everything but the samples, which keep their ids."""
        for number, (kind, (mime_type, content, filename)) in enumerate(samples().items(), 1):
            self._samples[kind] = File(str(700000000000000 + number), mime_type, content, filename)
        self._files = {file.id: file for file in self._samples.values()}

    def sample(self, kind: str) -> File:
        """The built-in file for image, video, audio, document or sticker."""
        return self._samples[kind]

    def keep(self, mime_type: str, content: bytes, **about: str | None) -> File:
        """Store a file under a new id."""
        file = File(str(700000000000000 + secrets.randbelow(10**14)), mime_type, content, **about)
        self._files[file.id] = file
        return file

    def upload(self, mime_type: str, content: bytes, phone_number_id: str, filename: str | None) -> File:
        """Store what a business uploads. Raises `Refusal` for a type or size that WhatsApp does not take."""
        bare = mime_type.partition(";")[0].strip()
        largest = max((size for types, size in ACCEPTED.values() if bare in types), default=0)
        if not largest:
            raise invalid_parameter("Param file must be a file with one of the supported MIME types.")
        if not 0 < len(content) <= largest:
            raise Refusal(131053, f"the file has {len(content)} bytes; {bare} may have from 1 to {largest}")
        return self.keep(mime_type, content, filename=filename, phone_number_id=phone_number_id)

    def get(self, media_id: str, phone_number_id: str | None = None) -> File:
        """The file, visible to the number that asks. Raises `Refusal` 100."""
        file = self._files.get(media_id)
        hidden = file and phone_number_id and file.phone_number_id not in (None, phone_number_id)
        if file is None or hidden:
            raise missing_object(media_id)
        return file

    def drop(self, media_id: str) -> None:
        """Delete a file. Raises `Refusal` 100 when there is none."""
        del self._files[self.get(media_id).id]

    def check_sendable(self, kind: str, media_id: str, phone_number_id: str, *, voice: bool = False) -> None:
        """Raises `Refusal` when the number cannot send this file as a message of this kind."""
        file = self._files.get(media_id)
        if file is None or file.phone_number_id not in (None, phone_number_id):
            raise invalid_parameter(f"Param {kind}['id'] is not a valid whatsapp business account media attachment ID.")
        bare = file.mime_type.partition(";")[0].strip()
        if bare not in ACCEPTED[kind][0] or (voice and bare != "audio/ogg"):
            raise Refusal(131053, f"a file of type {file.mime_type} cannot be sent as {'voice' if voice else kind}")

    def link_query(self, media_id: str, now: float) -> dict[str, str]:
        """The query of a link to the file that opens for the next five minutes."""
        expiry = str(int(now) + LINK_SECONDS)
        return {"mid": media_id, "ext": expiry, "hash": self._seal(media_id, expiry)}

    def follow(self, media_id: str, expiry: str, seal: str, now: float) -> File | None:
        """The file behind a link; None when the link is made up, expired, or its file gone."""
        genuine = hmac.compare_digest(seal.encode(), self._seal(media_id, expiry).encode())
        return self._files.get(media_id) if genuine and now < int(expiry) else None

    def _seal(self, media_id: str, expiry: str) -> str:
        return hmac.new(self._link_key, f"{media_id}.{expiry}".encode(), hashlib.sha256).hexdigest()[:32]
