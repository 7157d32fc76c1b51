"""Message ids as WhatsApp makes them: `wamid.` and base64 of a few bytes that hold the contact's phone."""

import base64
import secrets


def new_wamid(wa_id: str) -> str:
    """An id never given before, in this run or any other: stores outlive the simulator."""
    phone = wa_id.encode()
    unique = secrets.token_hex(10).upper().encode()
    parts = (
        b"\x1c\x18" + bytes([len(phone)]) + phone + b"\x15\x02\x00\x12\x18" + bytes([len(unique)]) + unique + b"\x00"
    )
    return "wamid." + base64.b64encode(parts).decode()
