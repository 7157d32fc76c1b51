"""Connecting a client's WhatsApp number, in the order of Meta's own set-up."""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from fleet.calls import Api, tls
from fleet.clients.journal import Journal
from fleet.clients.steps import Finding, State, Step, Tell
from fleet.inventory import MetaPlan
from fleet.trouble import OutsideFailed, OutsideUnavailable
from remanso.plugin.config import ClientConfig

SCOPES = {"whatsapp_business_messaging", "whatsapp_business_management"}
SECONDS = 30.0


@dataclass
class MetaSite:
    """`api` bears the client's own token, `app_api` the app's. Every channel of the client is connected."""

    api: Api
    app_api: Api
    plan: MetaPlan
    config: ClientConfig
    folder: Path
    token: SecretStr
    app_secret: SecretStr
    verify_token: SecretStr
    pin: SecretStr | None
    url: Callable[[], str | None]
    """Of the bot, once it is up."""
    journal: Journal

    @property
    def accounts(self) -> list[str]:
        return sorted({channel.account for channel in self.config.channels})

    def webhook(self) -> str | None:
        url = self.url()
        return f"{url}/webhooks/whatsapp/{self.config.name}" if url else None


class TokenStep(Step):
    key, title = "token", "Meta access token"

    def __init__(self, site: MetaSite) -> None:
        self._site = site

    def look(self) -> Finding:
        site = self._site
        asked = {"input_token": site.token.get_secret_value()}
        told = site.app_api.get("/debug_token", params=asked)["data"]
        missing = SCOPES - set(told.get("scopes", []))
        if not told.get("is_valid") or str(told.get("app_id")) != site.plan.app_id:
            raise OutsideFailed(
                "Meta: access token", "is not valid for this app", todo="make one for the system user, with this app"
            )
        if missing:
            raise OutsideFailed(
                "Meta: access token", f"lacks {', '.join(sorted(missing))}", todo="make one with these scopes"
            )
        ends = told.get("expires_at") or 0
        return Finding(State.DONE, "valid, never expires" if not ends else f"valid until {_day(ends)}")

    def apply(self, tell: Tell) -> None:
        raise AssertionError("a token is good, or the look has failed")


class NumbersStep(Step):
    """Registering too often locks a number for days: it is tried once per run, and never by itself again."""

    key, title = "numbers", "WhatsApp numbers"

    def __init__(self, site: MetaSite) -> None:
        self._site = site

    def look(self) -> Finding:
        waiting = self._unregistered()
        if not waiting:
            return Finding(State.DONE, f"{len(self._site.config.channels)} connected")
        if self._site.pin is None:
            raise OutsideFailed(
                f"Meta: number {', '.join(waiting)}",
                "is not registered",
                todo="register it in the WhatsApp manager, or name the secret with its PIN in meta.register_pin",
            )
        return Finding(State.ABSENT, "not registered", f"register {', '.join(waiting)}")

    def apply(self, tell: Tell) -> None:
        pin = self._site.pin.get_secret_value() if self._site.pin else ""  # without it the look has failed
        for number in self._unregistered():
            body = {"messaging_product": "whatsapp", "pin": pin}
            self._site.api.call("POST", f"/{number}/register", json=body)

    def _unregistered(self) -> list[str]:
        return [
            number for number in (each.phone_number_id for each in self._site.config.channels) if not self._live(number)
        ]

    def _live(self, number: str) -> bool:
        found = self._site.api.get(f"/{number}", params={"fields": "id,status,display_phone_number"})
        return bool(found.get("status") == "CONNECTED")


class WebhookStep(Step):
    """The override sends this account's messages to this bot; the app's own default URL is never touched."""

    key, title = "webhook", "Meta webhook"

    def __init__(self, site: MetaSite) -> None:
        self._site = site

    def look(self) -> Finding:
        url = self._site.webhook()
        if url is None:
            return Finding(State.WAITS, "", "subscribe the app, and send messages to the bot")
        there = {account: self._subscription(account) for account in self._site.accounts}
        stale = [account for account, found in there.items() if (found or {}).get("override_callback_uri") != url]
        if not stale:
            return Finding(State.DONE, url)
        if all(found is None for found in there.values()):
            return Finding(State.ABSENT, "not subscribed", f"subscribe {', '.join(stale)} to {url}")
        olds = {(there[account] or {}).get("override_callback_uri", "the app's default") for account in stale}
        return Finding(State.DIFFERS, f"goes to {', '.join(olds)}", f"send to {url}")

    def apply(self, tell: Tell) -> None:
        url = self._site.webhook()
        if url is None:
            raise OutsideFailed(
                "Meta: webhook", "the bot has no address yet", todo="run again without leaving steps out"
            )
        for account in self._site.accounts:
            found = self._subscription(account)
            if found is None:  # an override is taken only for an app that is subscribed
                self._site.api.call("POST", f"/{account}/subscribed_apps")
            if (found or {}).get("override_callback_uri") != url:
                self._override(account, url)

    def undo(self) -> str | None:
        for account in self._site.accounts:
            if self._subscription(account) is not None:
                self._site.api.call("DELETE", f"/{account}/subscribed_apps")
        return "unsubscribed"

    def _override(self, account: str, url: str) -> None:
        body = {"override_callback_uri": url, "verify_token": self._site.verify_token.get_secret_value()}
        self._site.api.call("POST", f"/{account}/subscribed_apps", json=body)

    def _subscription(self, account: str) -> dict[str, Any] | None:
        for found in self._site.api.get(f"/{account}/subscribed_apps")["data"]:
            if str(found["whatsapp_business_api_data"]["id"]) == self._site.plan.app_id:
                return dict(found)
        return None


class TemplatesStep(Step):
    """`templates/*.json` in the client's folder, each a body as Meta takes it. What is there is never changed."""

    key, title = "templates", "WhatsApp templates"

    def __init__(self, site: MetaSite) -> None:
        self._site = site

    def look(self) -> Finding:
        wanted, missing = self._wanted(), self._missing()
        if not missing:
            return Finding(State.DONE, f"{len(wanted)} there")
        names = ", ".join(sorted({template["name"] for _, template in missing}))
        return Finding(
            State.ABSENT, f"{len(wanted) * len(self._site.accounts) - len(missing)} there", f"create {names}"
        )

    def apply(self, tell: Tell) -> None:
        for account, template in self._missing():
            self._site.journal.note(f"template {account} {template['name']} {template['language']}", "made")
            self._site.api.call("POST", f"/{account}/message_templates", json=template)

    def undo(self) -> str | None:
        gone = []
        for account in self._site.accounts:
            for template in self._wanted():
                note = f"template {account} {template['name']} {template['language']}"
                there = self._there(account).get((template["name"], template["language"]))
                if self._site.journal.noted(note) == "made" and there:
                    params = {"name": template["name"], "hsm_id": there}
                    self._site.api.call("DELETE", f"/{account}/message_templates", params=params)
                    gone.append(template["name"])
        return f"{', '.join(gone)} deleted" if gone else None

    def _wanted(self) -> list[dict[str, Any]]:
        return [_template(path) for path in sorted((self._site.folder / "templates").glob("*.json"))]

    def _missing(self) -> list[tuple[str, dict[str, Any]]]:
        wanted = self._wanted()
        return [
            (account, template)
            for account in (self._site.accounts if wanted else [])
            for there in [self._there(account)]
            for template in wanted
            if (template["name"], template["language"]) not in there
        ]

    def _there(self, account: str) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        after = ""
        while True:
            params = {"fields": "id,name,language,status", "limit": "100"} | ({"after": after} if after else {})
            page = self._site.api.get(f"/{account}/message_templates", params=params)
            found |= {(each["name"], each["language"]): str(each["id"]) for each in page["data"]}
            paging = page.get("paging", {})
            after = paging.get("cursors", {}).get("after", "") if paging.get("next") else ""
            if not after:
                return found


class TestEventStep(Step):
    """The webhook of the dashboard's Test button, signed: the bot answers 200 only once its broker has it."""

    key, title = "test-event", "A signed test event"
    __test__ = False

    def __init__(self, site: MetaSite) -> None:
        self._site = site
        self._seen = False

    def look(self) -> Finding:
        if self._seen:
            return Finding(State.DONE, "taken by the bot and its broker")
        return Finding(State.WAITS, "", "send one, and see it taken")

    def apply(self, tell: Tell) -> None:
        body = json.dumps(_TEST_EVENT).encode()
        signature = hmac.new(self._site.app_secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": f"sha256={signature}"}
        try:
            answer = httpx.post(
                self._site.webhook() or "", content=body, headers=headers, timeout=SECONDS, verify=tls()
            )
        except httpx.HTTPError:
            raise OutsideUnavailable("the bot did not answer its webhook") from None
        if answer.status_code >= 500:
            raise OutsideUnavailable(f"the bot answered its webhook with {answer.status_code}")
        if answer.status_code != httpx.codes.OK:
            raise OutsideFailed(
                "the bot's webhook",
                f"answered {answer.status_code}",
                todo="401: its app secret is not the one of this Meta app",
            )
        self._seen = True


# What the button sends for `messages`: account 0 and this number are its marks (remanso.channels.whatsapp.dashboard).
_TEST_EVENT: Mapping[str, Any] = {
    "object": "whatsapp_business_account",
    "entry": [
        {
            "id": "0",
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": {"display_phone_number": "16505551111", "phone_number_id": "123456123"},
                        "contacts": [{"profile": {"name": "test user name"}, "wa_id": "16315551181"}],
                        "messages": [
                            {
                                "from": "16315551181",
                                "id": "ABGGFlA5Fpa",
                                "timestamp": "1504902988",
                                "type": "text",
                                "text": {"body": "this is a text message"},
                            }
                        ],
                    },
                }
            ],
        }
    ],
}


def _template(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_text("utf-8"))
        return {**body, "name": body["name"], "language": body["language"]}
    except (ValueError, KeyError, TypeError):
        raise OutsideFailed(
            str(path.name), "is no template", todo="it needs name, language, category, components"
        ) from None


def _day(seconds: int) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(seconds, UTC).date().isoformat()
