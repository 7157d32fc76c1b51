"""Uploads: files that Meta has already, by the number they were uploaded with and what they are made of."""

from datetime import timedelta

from remanso.store.rows import Repository

KEPT = timedelta(days=29)
"""Meta keeps an upload for 30 days (Meta docs, media, 2026); the last day is left to what waits to be sent."""


class Uploads(Repository):
    async def find(self, channel: str, sha256: str, mime_type: str) -> str | None:
        """The media id under which the number has these bytes still."""
        result = await self._run(
            """
            SELECT media_id FROM uploads
            WHERE channel = :channel AND sha256 = :sha256 AND mime_type = :mime_type AND expires_at > now()
            """,
            channel=channel,
            sha256=sha256,
            mime_type=mime_type,
        )
        return result.scalar_one_or_none()

    async def remember(self, channel: str, sha256: str, mime_type: str, media_id: str) -> None:
        await self._run(
            """
            INSERT INTO uploads (channel, sha256, mime_type, media_id, expires_at)
            VALUES (:channel, :sha256, :mime_type, :media_id, now() + :kept)
            ON CONFLICT (channel, sha256, mime_type)
                DO UPDATE SET media_id = EXCLUDED.media_id, expires_at = EXCLUDED.expires_at
            """,
            channel=channel,
            sha256=sha256,
            mime_type=mime_type,
            media_id=media_id,
            kept=KEPT,
        )

    async def forget(self, channel: str, media_id: str) -> None:
        """Meta does not know this id any more."""
        await self._run(
            "DELETE FROM uploads WHERE channel = :channel AND media_id = :media_id", channel=channel, media_id=media_id
        )
