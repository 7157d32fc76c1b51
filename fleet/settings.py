"""What the environment says about the fleet; all of it is optional."""

from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict


class FleetSettings(BaseSettings):
    """Addresses are those of the real places; tests and GitHub Enterprise have others."""

    model_config = SettingsConfigDict(env_prefix="REMANSO_", env_ignore_empty=True, extra="ignore", frozen=True)

    inventory: Path = Path("fleet.toml")
    template: str | None = None
    """A git repository; without it the template that comes with this Remanso."""
    secrets_file: Path | None = None
    age_identity: Path | None = None
    github_api_url: str = "https://api.github.com"
    github_git_url: str = "https://github.com"
    heroku_api_url: str = "https://api.heroku.com"
    graph_base_url: str = "https://graph.facebook.com"
    graph_version: str = "v25.0"
    fleet_pause_seconds: float = 3.0
    """Between two looks at something that takes its time: an add-on, a build."""
