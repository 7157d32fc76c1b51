"""The App Dashboard's "Test" button sends real, signed webhooks with made-up contents; they belong to no client."""

from typing import Any

from remanso.channels.whatsapp.shapes import object_in

# Values captured in July and August 2026; the preview in the dashboard shows the same.
_ACCOUNT = "0"
_CHANNEL = "123456123"
_NUMBER = "16505551111"


def is_dashboard_test(account: str | None, value: dict[str, Any]) -> bool:
    """Whether a change comes from the Test button. Any one of its marks is enough."""
    metadata = object_in(value, "metadata")
    numbers = (metadata.get("display_phone_number"), value.get("display_phone_number"), value.get("phone_number"))
    return (
        account == _ACCOUNT
        or metadata.get("phone_number_id") == _CHANNEL
        or any(isinstance(number, str) and _digits(number) == _NUMBER for number in numbers)
    )


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))
