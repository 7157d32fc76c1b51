"""The agent's environment."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from remanso.runtime.settings import StoreSettings

Seconds = Annotated[float, Field(gt=0)]


class AgentSettings(StoreSettings):
    clients_dir: Path | None = None
    openai_base_url: str = Field(default="https://api.openai.com/v1", pattern=r"^https?://")
    openai_api_key: SecretStr = Field(min_length=1)
    openai_attempts: Annotated[int, Field(gt=0)] = 3
    openai_attempt_seconds: Seconds = 25.0
    """One request to the model, from connecting to the last byte."""
    openai_retry_seconds: Seconds = 10.0
    """No further attempt is begun later than this after the first; the turn is postponed instead."""
    openai_transcription_model: str = "gpt-transcribe"
    openai_transcription_base_url: str | None = Field(default=None, pattern=r"^https?://")
    """Where sound becomes words, if not where the model is: compatible chat servers rarely can do both."""
    openai_transcription_api_key: SecretStr | None = None
    graph_base_url: str = "https://graph.facebook.com"
    graph_version: str = "v25.0"
    graph_timeout_seconds: Seconds = 10.0
    openai_breaker_seconds: Seconds = 15.0
    """A model that keeps failing is not asked for this long, or up to twice as long; then one question probes it."""
    agent_slots: Annotated[int, Field(gt=0)] = 16
    """Turns worked on at a time by this process. Most of a turn is waiting for the model."""
    agent_lease_seconds: Seconds = 30.0
    agent_sweep_seconds: Seconds = 1.0

    agent_seeds: Literal["missing", "all"] = "missing"
    """Which items of clients' seed files are written at the start: those nobody has, or also those that differ."""

    @property
    def lease(self) -> timedelta:
        return timedelta(seconds=self.agent_lease_seconds)
