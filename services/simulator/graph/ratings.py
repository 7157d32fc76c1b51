"""What Meta thinks of numbers: quality, limits, state. A test moves it, and webhooks tell of it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Quality = Literal["GREEN", "YELLOW", "RED", "UNKNOWN"]


class Rating(BaseModel):
    """The health of one number, as `GET /{phone_number_id}` shows it."""

    model_config = ConfigDict(extra="forbid")

    quality_rating: Quality = "GREEN"
    status: Literal["CONNECTED", "PENDING", "FLAGGED", "RESTRICTED", "BANNED", "DISCONNECTED"] = "CONNECTED"
    can_send_message: Literal["AVAILABLE", "LIMITED", "BLOCKED"] = "AVAILABLE"
    messaging_limit: str = "TIER_2K"
    throughput: Literal["STANDARD", "HIGH"] = "STANDARD"
    name_status: str = "APPROVED"

    def shown(self, phone_number_id: str) -> dict[str, Any]:
        entity = {
            "entity_type": "PHONE_NUMBER",
            "id": phone_number_id,
            "can_send_message": self.can_send_message,
        }
        return {
            "health_status": {"can_send_message": self.can_send_message, "entities": [entity]},
            "quality_rating": self.quality_rating,
            "status": self.status,
            "name_status": self.name_status,
            "code_verification_status": "VERIFIED",
            "platform_type": "CLOUD_API",
            "throughput": {"level": self.throughput},
            "whatsapp_business_manager_messaging_limit": self.messaging_limit,
        }


class Ratings:
    """The rating of each number; all start well."""

    def __init__(self) -> None:
        self._moved: dict[str, Rating] = {}

    def reset(self) -> None:
        self._moved.clear()

    def of(self, phone_number_id: str) -> Rating:
        return self._moved.get(phone_number_id, Rating())

    def rate(self, phone_number_id: str, rating: Rating) -> None:
        self._moved[phone_number_id] = rating
