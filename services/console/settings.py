"""The console's environment."""

from remanso.runtime.settings import StoreSettings


class ConsoleSettings(StoreSettings):
    pass
