"""Whether a bot answers: its public port is up, its broker is reached, and it knows its client's verify token."""

from collections.abc import Callable
from dataclasses import dataclass

import httpx
from pydantic import SecretStr

from fleet.calls import tls
from fleet.clients.steps import Finding, State, Step, Tell
from fleet.trouble import OutsideUnavailable

SECONDS = 10.0
LOOKS = 40
CHALLENGE = "1158201444"


@dataclass(frozen=True)
class Health:
    good: bool
    words: str
    version: str = ""


def health(url: str | None, client: str, verify_token: SecretStr) -> Health:
    """Asks `/readyz`, then plays Meta's verification."""
    if url is None:
        return Health(False, "has no address")
    query = {"hub.mode": "subscribe", "hub.verify_token": verify_token.get_secret_value(), "hub.challenge": CHALLENGE}
    try:
        with httpx.Client(timeout=SECONDS, verify=tls()) as http:
            ready = http.get(f"{url}/readyz")
            if ready.status_code != httpx.codes.OK:
                return Health(False, f"not ready ({ready.status_code})")
            verified = http.get(f"{url}/webhooks/whatsapp/{client}", params=query)
        version = str(ready.json().get("version", ""))
    except (httpx.HTTPError, ValueError):
        return Health(False, "no answer")
    if verified.status_code != httpx.codes.OK or verified.text != CHALLENGE:
        return Health(False, f"does not verify its webhook ({verified.status_code})", version)
    return Health(True, "answers", version)


class HealthStep(Step):
    key, title = "health", "First health check"

    def __init__(
        self, url: Callable[[], str | None], client: str, verify_token: SecretStr, pause: Callable[[], None]
    ) -> None:
        self._url, self._client, self._token, self._pause = url, client, verify_token, pause

    def look(self) -> Finding:
        url = self._url()
        if url is None:
            return Finding(State.WAITS, "", "ask the bot whether it is well")
        found = health(url, self._client, self._token)
        state = State.DONE if found.good else State.WAITS
        return Finding(state, f"{found.words} {found.version}".strip(), "" if found.good else "wait until it answers")

    def apply(self, tell: Tell) -> None:
        """Dynos need a moment to boot."""
        for _ in range(LOOKS):
            found = health(self._url(), self._client, self._token)
            if found.good:
                return
            tell(found.words)
            self._pause()
        raise OutsideUnavailable(f"{self._url()}: {found.words}")
