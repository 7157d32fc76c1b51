"""Which pages there are to look at, for whom."""

from collections.abc import Mapping
from uuid import UUID

from tests.eyes.people import CLIENT, STRANGER
from tests.eyes.scenery import EVERYTHING, PLAIN, WAITING

HOME = f"/clients/{CLIENT}"
_EVERYBODY = {
    "inbox": "/inbox",
    "inbox-closed": "/inbox?view=closed",
    "inbox-nothing": "/inbox?q=nadie+dijo+esto",
    "catalogue": f"{HOME}/catalogue/courses",
    "quality": f"{HOME}/quality",
    "quality-days": f"{HOME}/quality?kind=deliveries&days=90",
    "replies": f"{HOME}/replies",
    "account": "/account",
    "nothing": "/nothing-is-here",
}
_ADMINS = {
    "catalogue-new": f"{HOME}/catalogue/courses/new",
    "catalogue-import": f"{HOME}/catalogue/courses/file/import",
    "channels": f"{HOME}/channels",
    "credit": f"{HOME}/credit",
    "credit-90": f"{HOME}/credit?days=90",
    "api": f"{HOME}/api",
    "webhooks": f"{HOME}/api/webhooks",
    "team": f"{HOME}/team",
    "audit": f"{HOME}/audit",
}
_OPERATORS = {"operators": "/operators", "apps": "/apps", "shop": "/clients/shop/catalogue"}
_STRANGERS = {
    "login": "/login",
    "forgotten": "/login/forgotten",
    "invitation": "/invitations/{invitation}",
    "invitation-over": "/invitations/over",
    "reset": "/resets/{reset}",
    "reset-over": "/resets/over",
}


def places(who: str, conversations: Mapping[str, UUID], items: Mapping[str, UUID]) -> dict[str, str]:
    """{name: path} of what `who` may look at, and what they may not."""
    if who == STRANGER:
        return dict(_STRANGERS)
    dialogs = {"dialog-everything": EVERYTHING, "dialog-waiting": WAITING, "dialog-plain": PLAIN}
    found = _EVERYBODY | {name: f"/conversations/{conversations[wa_id]}" for name, wa_id in dialogs.items()}
    found["dialog-whole"] = f"{found['dialog-everything']}?all=1"
    found["item"] = f"{HOME}/catalogue/courses/{items['item']}"
    if who == "member":
        return found | {"forbidden": f"{HOME}/team"}
    found["privacy"] = f"{HOME}/contacts/{items['contact']}/privacy"
    return found | _ADMINS | (_OPERATORS if who == "operator" else {})
