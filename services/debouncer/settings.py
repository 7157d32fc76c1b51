"""The debouncer's environment."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from remanso.runtime.settings import StoreSettings


class DebouncerSettings(StoreSettings):
    clients_dir: Path | None = None
    debouncer_batch: Annotated[int, Field(gt=0, le=1000)] = 200
    """AMQP messages taken into one transaction at most."""
    debouncer_sweep_seconds: Annotated[float, Field(gt=0)] = 0.25
    """The longest a finished burst waits before somebody looks at it."""
    debouncer_timers_seconds: Annotated[float, Field(gt=0)] = 5.0
