"""Paces: when a number's next message may begin, and what slows an account or an app down.

The arithmetic is that of `remanso.model.pace`, written in SQL so that a number's row is locked for one statement.
PostgreSQL's clock at that statement counts, not the transaction's beginning.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from remanso.model.pace import Rate
from remanso.store.rows import Repository, many

LONGEST_LINE = timedelta(seconds=60)
"""Nobody is told to come back later than that: much may have been called off until then."""


@dataclass(frozen=True)
class Pace:
    """One row, read without a lock: as it was a moment ago. `now` is PostgreSQL's clock."""

    key: str
    next_at: datetime
    line_at: datetime
    slowness: float
    """How many times slower than usual, at this moment."""
    now: datetime


class Paces(Repository):
    async def of(self, keys: Collection[str]) -> dict[str, Pace]:
        found = await self._run(
            """
            SELECT key, next_at, line_at, CASE WHEN slow_until > clock_timestamp() THEN slowness ELSE 1 END AS slowness,
                clock_timestamp() AS now
            FROM paces WHERE key = ANY(:keys)
            """,
            keys=list(keys),
        )
        return {pace.key: pace for pace in many(Pace, found)}

    async def take(
        self, key: str, rate: Rate, count: int = 1, *, waited: bool, ahead: timedelta = timedelta()
    ) -> list[timedelta]:
        """Takes up to `count` of the next places, as far as they are due within `ahead`; how long until each.

        Who has not waited yet takes none while others stand in line. Everybody of a number comes by this row: give it a
        transaction of its own (`Store.statement`).
        """
        taken = await self._run(
            """
            UPDATE paces p SET next_at = due.since + CAST(:interval AS interval) * due.places
            FROM (
                SELECT key, now, since, least(:count, 1 + floor(
                    extract(epoch FROM now + CAST(:ahead AS interval) - since)
                    / extract(epoch FROM CAST(:interval AS interval)))) AS places
                FROM (SELECT key, now, greatest(next_at, now - CAST(:depth AS interval)) AS since
                      FROM paces, (SELECT clock_timestamp() AS now) moment
                      WHERE key = :key AND next_at <= now + CAST(:ahead AS interval)
                          AND (:waited OR line_at <= now + CAST(:ahead AS interval)) FOR UPDATE OF paces) row
            ) due
            WHERE p.key = due.key RETURNING CAST(due.places AS int) AS places, due.since - due.now AS wait
            """,
            key=key,
            count=count,
            ahead=ahead,
            depth=rate.depth,
            interval=rate.interval,
            waited=waited,
        )
        if (row := taken.one_or_none()) is None:
            return [timedelta()] * await self._take_first(key, rate, min(count, rate.burst))
        return [max(timedelta(), row.wait + rate.interval * place) for place in range(row.places)]

    async def _take_first(self, key: str, rate: Rate, count: int) -> int:
        """Of a number nobody has sent from yet."""
        result = await self._run(
            """
            INSERT INTO paces (key, next_at)
            VALUES (:key, clock_timestamp() - CAST(:depth AS interval) + CAST(:interval AS interval) * :count)
            ON CONFLICT DO NOTHING
            """,
            key=key,
            depth=rate.depth,
            interval=rate.interval,
            count=count,
        )
        return count if result.rowcount == 1 else 0

    async def queue(self, key: str, rate: Rate, count: int = 1) -> timedelta:
        """Puts `count` at the end of the line; for how long the first of them is to stay away."""
        result = await self._run(
            """
            UPDATE paces SET line_at = least(
                greatest(line_at, next_at, clock_timestamp()) + CAST(:interval AS interval) * :count,
                clock_timestamp() + CAST(:longest AS interval))
            WHERE key = :key
            RETURNING greatest(line_at - CAST(:interval AS interval) * :count - clock_timestamp(), '0')
            """,
            key=key,
            interval=rate.interval,
            count=count,
            longest=LONGEST_LINE,
        )
        return result.scalar_one_or_none() or timedelta()

    async def strike(self, key: str, pause: timedelta, longest: timedelta, calm: timedelta) -> timedelta:
        """Meta says that it is too fast: nothing before a pause is over, doubled with each strike in a row.

        Strikes within one pause are one: what was under way when it began. After `calm` without any they are forgotten.
        Gives the pause that holds now.
        """
        strikes = """CASE WHEN p.struck_at > clock_timestamp() - CAST(:calm AS interval)
            THEN p.strikes + 1 ELSE 1 END"""
        result = await self._run(
            f"""
            INSERT INTO paces AS p (key, next_at, strikes, struck_at)
            VALUES (:key, clock_timestamp() + CAST(:pause AS interval), 1, clock_timestamp())
            ON CONFLICT (key) DO UPDATE SET
                strikes = {strikes}, struck_at = clock_timestamp(),
                next_at = greatest(p.next_at, clock_timestamp() + least(
                    CAST(:longest AS interval), CAST(:pause AS interval) * 2 ^ least({strikes} - 1, 20)))
            WHERE p.struck_at IS NULL OR p.next_at <= clock_timestamp()
                OR p.struck_at < clock_timestamp() - CAST(:pause AS interval)
            RETURNING next_at - clock_timestamp()
            """,  # noqa: S608
            key=key,
            pause=pause,
            longest=longest,
            calm=calm,
        )
        return result.scalar_one_or_none() or pause

    async def slow(self, key: str, factor: float, lasts: timedelta, pause: timedelta) -> None:
        """Meta says how full its limits are: so many times slower for a while, after a pause where one is told."""
        await self._run(
            """
            INSERT INTO paces AS p (key, next_at, slowness, slow_until)
            VALUES (:key, clock_timestamp() + CAST(:pause AS interval), :factor,
                clock_timestamp() + CAST(:lasts AS interval))
            ON CONFLICT (key) DO UPDATE SET slowness = EXCLUDED.slowness, slow_until = EXCLUDED.slow_until,
                next_at = CASE WHEN CAST(:pause AS interval) > '0' THEN greatest(p.next_at, EXCLUDED.next_at)
                               ELSE p.next_at END
            """,
            key=key,
            factor=factor,
            lasts=lasts,
            pause=pause,
        )
