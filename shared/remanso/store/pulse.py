"""How one client's bot is doing, for whoever watches many: a handful of numbers from rows, none about people."""

from remanso.model.heartbeat import Beat
from remanso.store.rows import Repository, many


class Pulse(Repository):
    async def of(self, client: str) -> Beat:
        """Numbers of one client; zeros for one nobody has written to."""
        result = await self._run(
            """
            WITH own AS (SELECT id, last_inbound_at, due_at FROM conversations WHERE client = :client),
                 open AS (SELECT sealed_at FROM turns WHERE client = :client AND state = 'open')
            SELECT (SELECT max(last_inbound_at) FROM own) AS last_received_at,
                   (SELECT count(*) FROM own WHERE due_at IS NOT NULL) + (SELECT count(*) FROM open) AS waiting,
                   coalesce(extract(epoch FROM now() - (SELECT min(sealed_at) FROM open)), 0)::float8 AS oldest_seconds,
                   (SELECT count(*) FROM deliveries d JOIN own ON own.id = d.conversation_id
                     WHERE d.state IN ('pending', 'held', 'sending', 'unknown')) AS unsent,
                   (SELECT coalesce(sum(s.input_tokens + s.output_tokens), 0)::bigint
                      FROM steps s JOIN turns t ON t.id = s.turn_id
                     WHERE t.client = :client AND s.created_at >= date_trunc('day', now())) AS tokens_today
            """,
            client=client,
        )
        [beat] = many(Beat, result)
        return beat
