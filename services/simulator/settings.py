"""What the simulator is told at start."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator

from remanso.runtime.settings import OpsSettings


class BusinessNumber(BaseModel):
    """One WhatsApp number of a business, as Meta knows it."""

    model_config = ConfigDict(frozen=True)

    phone_number_id: str = Field(pattern=r"^\d{1,32}$")
    display_phone_number: str = Field(pattern=r"\d")
    waba_id: str = Field(pattern=r"^\d{1,32}$")
    name: str = Field(min_length=1)

    @property
    def digits(self) -> str:
        """The number as webhooks show it: digits only."""
        return "".join(character for character in self.display_phone_number if character.isdigit())


MADE_UP_NUMBER = BusinessNumber(
    phone_number_id="800000000000001",
    display_phone_number="+54 9 11 5555-0101",
    waba_id="900000000000001",
    name="Emprendemy",
)


class SimulatorSettings(OpsSettings):
    """REMANSO_HTTP_*: where Graph API, OpenAI, control API and phone listen. REMANSO_SIMULATOR_*: what Meta would know.

    `simulator_numbers` is a JSON list of `BusinessNumber`. Without `simulator_openai_key` any OpenAI key is accepted.
    """

    http_host: str = "0.0.0.0"  # noqa: S104  a container's port mapping needs every interface
    http_port: int = Field(default=8100, ge=0, le=65535)
    simulator_webhook_url: HttpUrl
    simulator_app_secret: SecretStr = Field(min_length=1)
    simulator_verify_token: SecretStr = Field(min_length=1)
    simulator_access_token: SecretStr = Field(min_length=1)
    simulator_app_id: str = Field(default="700000000000001", pattern=r"^\d+$")
    simulator_openai_key: SecretStr | None = None
    simulator_numbers: list[BusinessNumber] = Field(default=[MADE_UP_NUMBER], min_length=1)

    @model_validator(mode="after")
    def _never_in_production(self) -> Self:
        if self.production:
            raise ValueError("the simulator plays Meta and OpenAI: it does not run where REMANSO_PRODUCTION is true")
        return self
