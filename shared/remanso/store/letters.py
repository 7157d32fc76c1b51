"""Letters: e-mails on their way. A row is claimed by a lease, sent, and settled; who dies in between loses nothing."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from remanso.store.rows import Repository, one


@dataclass(frozen=True)
class Letter:
    """`tries` is the token of whoever holds it. `subject` of one about a handoff is `<conversation>:<epoch>`."""

    id: UUID
    kind: str
    subject: str
    recipient: str = field(repr=False)
    language: str
    client: str | None
    sealed: str | None = field(repr=False)
    tries: int


@dataclass(frozen=True)
class Wanted:
    """A conversation that needs a person still. `missed`: nobody came in time, and the bot has the word again."""

    conversation_id: UUID
    client: str
    name: str | None
    reason: str
    missed: bool


_COLUMNS = "id, kind, subject, recipient, language, client, sealed, tries"


class Letters(Repository):
    async def note_handoffs(self) -> int:
        """One letter to each person of a team for each handoff that nobody has taken yet, and one more, `missed`, when
        the time is over and nobody came. Gives how many are new.

        A handoff is known by its conversation and epoch, which the next change of who has the word raises.
        """
        result = await self._run(
            """
            INSERT INTO letters (id, kind, subject, recipient, language, client)
            SELECT gen_random_uuid(), CASE c.mode WHEN 'bot' THEN 'missed' ELSE 'handoff' END,
                c.id || ':' || c.epoch, u.email, u.language, c.client
            FROM conversations c JOIN memberships m ON m.client = c.client
            JOIN users u ON u.id = m.user_id AND u.mail_handoffs
            WHERE c.handoff_reason IS NOT NULL AND (c.human_until > now() OR c.mode = 'bot')
              AND c.merged_into IS NULL
            ON CONFLICT (kind, subject, recipient) DO NOTHING
            """
        )
        return int(result.rowcount)

    async def add(
        self, letter_id: UUID, kind: str, recipient: str, *, language: str, client: str | None, sealed: str
    ) -> None:
        """A letter with a secret link, `sealed`."""
        await self._run(
            """
            INSERT INTO letters (id, kind, subject, recipient, language, client, sealed)
            VALUES (:id, :kind, :subject, :recipient, :language, :client, :sealed)
            """,
            id=letter_id,
            kind=kind,
            subject=str(letter_id),
            recipient=recipient,
            language=language,
            client=client,
            sealed=sealed,
        )

    async def ask_for(self, kind: str, recipient: str, *, language: str, span: timedelta) -> None:
        """One to an address in each `span`, however often it is asked for. Whether anybody is there is seen later.

        Its subject stands for the span, as a UUID: forgetting reads every letter's as one.
        """
        await self._run(
            """
            INSERT INTO letters (id, kind, subject, recipient, language)
            VALUES (gen_random_uuid(), :kind,
                CAST(CAST(md5(CAST(floor(extract(epoch FROM now()) / :seconds) AS text)) AS uuid) AS text),
                :recipient, :language)
            ON CONFLICT (kind, subject, recipient) DO NOTHING
            """,
            kind=kind,
            recipient=recipient,
            language=language,
            seconds=span.total_seconds(),
        )

    async def seal(self, letter: Letter, sealed: str, language: str) -> bool:
        """A secret link for one that was asked for. False: somebody else holds the letter by now."""
        done = await self._run(
            """
            UPDATE letters SET sealed = :sealed, language = :language
            WHERE id = :id AND tries = :tries AND state = 'waiting'
            """,
            id=letter.id,
            tries=letter.tries,
            sealed=sealed,
            language=language,
        )
        return done.rowcount == 1

    async def claim(self, lease: timedelta) -> Letter | None:
        """The one that has waited longest, for as long as the lease. None: nothing is due."""
        return one(
            Letter,
            await self._run(
                f"""
                UPDATE letters SET tries = tries + 1, due_at = now() + :lease
                WHERE id = (SELECT id FROM letters WHERE state = 'waiting' AND due_at <= now()
                            ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
                RETURNING {_COLUMNS}
                """,  # noqa: S608
                lease=lease,
            ),
        )

    async def settle(self, letter: Letter, state: str, trouble: str | None = None) -> None:
        """`sent`, `moot` or `failed`: for good. Nothing happens where somebody else holds it by now."""
        await self._run(
            """
            UPDATE letters SET state = :state, trouble = :trouble, settled_at = now(), sealed = NULL
            WHERE id = :id AND tries = :tries AND state = 'waiting'
            """,
            id=letter.id,
            tries=letter.tries,
            state=state,
            trouble=trouble,
        )

    async def postpone(self, letter: Letter, pause: timedelta, trouble: str) -> None:
        await self._run(
            """
            UPDATE letters SET due_at = now() + :pause, trouble = :trouble
            WHERE id = :id AND tries = :tries AND state = 'waiting'
            """,
            id=letter.id,
            tries=letter.tries,
            pause=pause,
            trouble=trouble,
        )

    async def forget(self, after: timedelta, limit: int) -> int:
        """Those that came to their end so long ago, but not of a handoff that still waits; at most so many."""
        gone = await self._run(
            """
            DELETE FROM letters WHERE id IN (
                SELECT l.id FROM letters l WHERE l.settled_at < now() - CAST(:after AS interval)
                  AND NOT EXISTS (
                      SELECT FROM conversations c WHERE c.id = CAST(split_part(l.subject, ':', 1) AS uuid)
                        AND (c.mode = 'human' OR c.handoff_reason IS NOT NULL) AND l.subject = c.id || ':' || c.epoch)
                LIMIT :limit)
            """,
            after=after,
            limit=limit,
        )
        return int(gone.rowcount)

    async def wanted(self, letter: Letter) -> Wanted | None:
        """What a handoff's letter is about. None: somebody came or saw to it, or the time is over."""
        conversation, _, epoch = letter.subject.partition(":")
        return one(
            Wanted,
            await self._run(
                """
                SELECT c.id AS conversation_id, c.client, coalesce(k.name, k.profile_name) AS name,
                    c.handoff_reason AS reason, c.mode = 'bot' AS missed
                FROM conversations c JOIN contacts k ON k.id = c.contact_id
                WHERE c.id = :id AND c.epoch = :epoch AND c.handoff_reason IS NOT NULL AND c.merged_into IS NULL
                  AND CASE :kind WHEN 'missed' THEN c.mode = 'bot' ELSE c.human_until > now() END
                """,
                id=UUID(conversation),
                epoch=int(epoch),
                kind=letter.kind,
            ),
        )
