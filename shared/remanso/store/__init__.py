"""PostgreSQL: the truth and the clock. The only place that knows SQLAlchemy and asyncpg."""

from remanso.store.store import Store, Transaction

__all__ = ["Store", "Transaction"]
