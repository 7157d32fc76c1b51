"""How full the limits of Graph calls are: what a test orders."""

from pydantic import BaseModel, ConfigDict, Field


class UsageState(BaseModel):
    """Percent of the limits, told in the headers of every answer; 0: no header."""

    model_config = ConfigDict(extra="forbid")

    app: int = Field(default=0, ge=0)
    account: int = Field(default=0, ge=0)
    regain_minutes: int = Field(default=0, ge=0)

    def headers(self, account: str) -> dict[str, str]:
        """As Meta writes them (Graph API, "Rate limits", 2026)."""
        told = {}
        if self.app:
            told["X-App-Usage"] = f'{{"call_count":{self.app},"total_cputime":1,"total_time":1}}'
        if self.account:
            told["X-Business-Use-Case-Usage"] = (
                f'{{"{account}":[{{"type":"messaging","call_count":{self.account},"total_cputime":1,"total_time":1,'
                f'"estimated_time_to_regain_access":{self.regain_minutes}}}]}}'
            )
        return told
