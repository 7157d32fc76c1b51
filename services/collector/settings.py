"""The collector's environment."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from remanso.runtime.settings import DatabaseUrl, OpsSettings, Port


def _long_enough(secret: SecretStr) -> SecretStr:
    if len(secret.get_secret_value()) < 32:
        raise ValueError("must have at least 32 characters")
    return secret


class CollectorSettings(OpsSettings):
    database_url: DatabaseUrl
    database_pool_size: int = Field(default=10, ge=1)
    http_host: str = "0.0.0.0"  # noqa: S104 - apps call from outside
    http_port: Port = 8000
    collector_token: Annotated[SecretStr, AfterValidator(_long_enough)]
    """By which `remanso clients provision` and `remanso fleet status --tell` are known."""
    collector_keep_lines_days: int = Field(default=3, ge=1)
    collector_keep_counts_days: int = Field(default=30, ge=1)

    @property
    def keep_lines(self) -> timedelta:
        return timedelta(days=self.collector_keep_lines_days)

    @property
    def keep_counts(self) -> timedelta:
        return timedelta(days=self.collector_keep_counts_days)
