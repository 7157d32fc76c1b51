"""Contacts as the people of their client see them."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from remanso.store.rows import many, one
from remanso.store.scoped import Scoped


@dataclass(frozen=True)
class Known:
    """`aliases` are (kind, value) pairs; `credit_usd` what their own account has left."""

    id: UUID
    name: str | None
    profile_name: str | None
    email: str | None
    language: str | None
    location: dict[str, Any] | None
    facts: dict[str, Any]
    since: datetime
    aliases: list[list[str]]
    conversations: list[UUID]
    credit_usd: Decimal | None


_COLUMNS = """k.id, k.name, k.profile_name, k.email, k.language, k.location, k.facts, k.created_at AS since,
    coalesce((SELECT jsonb_agg(jsonb_build_array(a.kind, a.value) ORDER BY a.kind DESC, a.value)
              FROM contact_aliases a WHERE a.contact_id = k.id), '[]'::jsonb) AS aliases,
    ARRAY(SELECT c.id FROM conversations c WHERE c.contact_id = k.id AND c.merged_into IS NULL
          ORDER BY c.created_at, c.id) AS conversations,
    (SELECT greatest(balance - reserved - (SELECT coalesce(sum(remaining), 0) FROM credit_grants g
                                           WHERE g.account_id = a.id AND g.expires_at <= now()), 0)
     FROM credit_accounts a WHERE a.contact_id = k.id AND a.client = k.client) AS credit_usd"""


class People(Scoped):
    async def page(self, client: str, *, search: str, before: tuple[datetime, UUID] | None, limit: int) -> list[Known]:
        """Newest first, those behind `before`. Who was merged into another is found there."""
        at, last = before or (None, None)
        return many(
            Known,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM contacts k
                WHERE k.client = :client AND k.merged_into IS NULL AND {self._mine("k.client")}
                  AND (:search = '' OR folded(concat_ws(' ', k.name, k.profile_name, k.email))
                          LIKE '%' || folded(:search) || '%'
                       OR EXISTS (SELECT FROM contact_aliases a WHERE a.contact_id = k.id AND length(:digits) > 3
                                  AND a.value LIKE '%' || :digits || '%'))
                  AND (CAST(:at AS timestamptz) IS NULL OR (k.created_at, k.id) < (CAST(:at AS timestamptz), :last))
                ORDER BY k.created_at DESC, k.id DESC LIMIT :limit
                """,  # noqa: S608
                client=client,
                search=re.sub(r"([%_\\])", r"\\\1", search),
                digits=re.sub(r"[^0-9]", "", search),
                at=at,
                last=last,
                limit=limit,
            ),
        )

    async def one(self, client: str, contact_id: UUID) -> Known | None:
        return one(
            Known,
            await self._run(
                f"""
                SELECT {_COLUMNS} FROM contacts k
                WHERE k.id = :id AND k.client = :client AND {self._mine("k.client")}
                """,  # noqa: S608
                client=client,
                id=contact_id,
            ),
        )
