"""The sender's environment."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from remanso.runtime.settings import StoreSettings

Seconds = Annotated[float, Field(gt=0)]


class SenderSettings(StoreSettings):
    clients_dir: Path | None = None
    graph_base_url: str = "https://graph.facebook.com"
    graph_version: str = "v25.0"
    graph_timeout_seconds: Seconds = 10.0
    """For one call to Graph as a whole."""
    sender_slots: Annotated[int, Field(gt=0)] = 20
    """Conversations drained at the same time."""
    sender_lease_seconds: Seconds = 30.0
    """How long a dead sender keeps a conversation; a live one renews it with every part."""
    sender_reconcile_seconds: Seconds = 60.0
    """How long a part with unknown outcome waits for a receipt before it is sent again; then twice as long, …"""
    sender_sweep_seconds: Seconds = 1.0
    sender_number_rate: Annotated[float, Field(ge=1)] = 80.0
    """Throughput at Meta of a number whose client.toml says nothing, in messages per second; we send at 80 % of it."""
    sender_window_margin_seconds: Annotated[float, Field(ge=0)] = 300.0
    """Taken off Meta's 24 hours, for clocks that differ and messages that travel."""

    @model_validator(mode="after")
    def _lease_outlives_a_call(self) -> "SenderSettings":
        if self.sender_lease_seconds < 2 * self.graph_timeout_seconds:
            raise ValueError("REMANSO_SENDER_LEASE_SECONDS must be at least twice REMANSO_GRAPH_TIMEOUT_SECONDS")
        return self

    @property
    def window(self) -> timedelta:
        """How long after the contact's last message free text is sent."""
        return timedelta(hours=24, seconds=-self.sender_window_margin_seconds)

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.sender_lease_seconds)

    @property
    def reconcile(self) -> timedelta:
        return timedelta(seconds=self.sender_reconcile_seconds)
