"""One client with everything that is needed to provision and run it: its plan, its files, its secrets, its places."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import SecretStr

from fleet.calls import Api
from fleet.clients.health import HealthStep
from fleet.clients.journal import Journal
from fleet.clients.steps import Step
from fleet.collector.api import collector
from fleet.collector.steps import CollectorSite
from fleet.git import Repository
from fleet.github.api import github as github_api
from fleet.github.steps import ActionsSecretsStep, GitHubSite, ProtectionStep, PushStep, RepositoryStep
from fleet.inventory import ClientPlan, Inventory
from fleet.meta.api import graph
from fleet.meta.steps import MetaSite, NumbersStep, TemplatesStep, TestEventStep, TokenStep, WebhookStep
from fleet.platforms.heroku.api import heroku
from fleet.platforms.heroku.platform import HerokuPlatform
from fleet.platforms.heroku.shared import SharedPlatform
from fleet.platforms.heroku.site import GENERATED, HerokuSite, app_name
from fleet.platforms.host import HostPlatform, HostSite
from fleet.platforms.platform import Platform
from fleet.secrets.sources import Secrets
from fleet.settings import FleetSettings
from remanso.errors import ConfigurationError
from remanso.model.app_key import AppKey
from remanso.plugin.config import ClientConfig, read_config

STATE = ".remanso/fleet"
"""Journals, beside the inventory."""
APP_KEY = "REMANSO_APP_KEY"
GITHUB_TOKEN, HEROKU_KEY = "GITHUB_TOKEN", "HEROKU_API_KEY"


@dataclass
class Account:
    """Raises ConfigurationError and BadInput where files or secrets are missing."""

    name: str
    plan: ClientPlan
    settings: FleetSettings
    secrets: Secrets
    state: Path

    @cached_property
    def config(self) -> ClientConfig:
        config = read_config(self.plan.folder / "client.toml")
        if config.name != self.name:
            raise ConfigurationError(f"{self.plan.folder}/client.toml is that of {config.name}, not of {self.name}")
        return config

    @cached_property
    def journal(self) -> Journal:
        return Journal(self.state, self.name)

    @cached_property
    def local(self) -> Repository:
        return Repository(self.plan.folder)

    @cached_property
    def platform(self) -> Platform:
        if self.plan.platform == "host":
            return HostPlatform(self._host)
        if self.plan.platform == "shared":
            return SharedPlatform(self._heroku, self.local)
        drain = self.plan.heroku.drain
        own = self.secrets.need(drain, "log drain").get_secret_value() if drain else None
        return HerokuPlatform(self._heroku, own, self.collector)

    @cached_property
    def collector(self) -> CollectorSite | None:
        """Where the app tells how it is; None where the inventory names no collector."""
        plan = self.plan.collector
        if plan is None:
            return None
        api = self._known(collector(plan.url, self.secrets.need(plan.token, "the operators' collector")))
        about = {"title": self.config.title, "platform": self.plan.platform}
        return CollectorSite(api, plan.url, self.name, about, self._app_key)

    def _app_key(self) -> AppKey | None:
        text = self._heroku.config().get(APP_KEY) if self.plan.platform == "heroku" and self._heroku.found() else None
        if not text:
            return None
        key = AppKey(text)
        self.secrets.remember(text)
        self.secrets.remember(key.drain_password)
        return key

    def _told(self) -> dict[str, str]:
        """Config vars by which an app of its own tells how it is, but for secrets."""
        told = {"REMANSO_APP": self.name} if self.plan.collector or self.plan.push else {}
        if self.plan.collector:
            told["REMANSO_COLLECTOR_URL"] = self.plan.collector.url.rstrip("/")
        if self.plan.push:
            told["REMANSO_METRICS_PUSH_URL"] = self.plan.push.url.rstrip("/")
            told["REMANSO_METRICS_PUSH_USER"] = self.plan.push.user
        return told

    @cached_property
    def apis(self) -> list[Api]:
        """Filled as they are first used."""
        return []

    def steps(self) -> Sequence[Step]:
        """All of it, in the order in which one step needs another."""
        self.secrets.need_all(self._wanted_secrets())
        return [*self._github(), *self.platform.steps(), self.health(), *self._meta()]

    def health(self) -> Step:
        return HealthStep(self.platform.url, self.name, self.verify_token, self.pause)

    def calls(self) -> int:
        return sum(api.calls for api in self.apis)

    @property
    def verify_token(self) -> SecretStr:
        return self.secrets.need(self.config.secrets.verify_token, "Meta's verification of the webhook")

    def pause(self) -> None:
        time.sleep(self.settings.fleet_pause_seconds)

    def bot_secrets(self) -> dict[str, SecretStr]:
        """What the running bot is told: all that client.toml names, and what the inventory adds."""
        found = self.secrets.need_all(dict.fromkeys(self._bot_names(), "the bot"))
        bridge = self.config.secrets.app_secret_previous
        also = self.secrets.find(bridge) if bridge else None
        return found | ({bridge: also} if bridge and also else {}) | self._push_secret()

    def _push_secret(self) -> dict[str, SecretStr]:
        push = self.plan.push if self.plan.platform != "shared" else None
        return {"REMANSO_METRICS_PUSH_PASSWORD": self.secrets.need(push.password, "the Pushgateway")} if push else {}

    def _wanted_secrets(self) -> dict[str, str]:
        """Names, and what each is for: told all at once, since who has none has many to find."""
        plan = self.plan
        wanted = dict.fromkeys(self._bot_names(), "the bot")
        if plan.github:
            wanted |= {GITHUB_TOKEN: "GitHub", **dict.fromkeys(plan.github.secrets, "GitHub Actions")}
        if plan.platform != "host":
            wanted |= {HEROKU_KEY: "Heroku"}
        if plan.platform == "heroku" and plan.heroku.drain:
            wanted |= {plan.heroku.drain: "log drain"}
        if plan.push and plan.platform != "shared":
            wanted |= {plan.push.password: "the Pushgateway"}
        if plan.meta and plan.meta.register_pin:
            wanted |= {plan.meta.register_pin: "the number's two-step PIN"}
        return wanted

    def _bot_names(self) -> list[str]:
        """What the bot cannot do without: all that client.toml names but the bridge, and what the inventory adds."""
        bridge = self.config.secrets.app_secret_previous
        named = [*self.config.secret_variables.values(), *self.plan.secrets]
        return [name for name in named if name != bridge]

    @cached_property
    def github(self) -> GitHubSite:
        plan = self.plan.github
        if plan is None:
            raise ConfigurationError(f"the inventory has no [github] for {self.name}")
        token = self.secrets.need(GITHUB_TOKEN, "GitHub")
        api = self._known(github_api(self.settings.github_api_url, token))
        return GitHubSite(api, plan, self.name, self.local, self.settings.github_git_url, token, self.journal)

    def _github(self) -> list[Step]:
        plan = self.plan.github
        if plan is None:
            return []
        site = self.github
        given = {name: self.secrets.need(name, "GitHub Actions") for name in plan.secrets}
        return [RepositoryStep(site), PushStep(site), ActionsSecretsStep(site, given), ProtectionStep(site)]

    def _meta(self) -> list[Step]:
        if self.plan.meta is None:
            return []
        site = self.meta
        return [TokenStep(site), NumbersStep(site), WebhookStep(site), TemplatesStep(site), TestEventStep(site)]

    @cached_property
    def meta(self) -> MetaSite:
        plan, names = self.plan.meta, self.config.secrets
        if plan is None:
            raise ConfigurationError(f"the inventory has no [meta] for {self.name}")
        app_secret = self.secrets.need(names.app_secret, "Meta")
        token = self.secrets.need(names.access_token, "Meta")
        app_token = self.secrets.remember(f"{plan.app_id}|{app_secret.get_secret_value()}")
        at = self.settings.graph_base_url, self.settings.graph_version
        return MetaSite(
            api=self._known(graph(*at, token)),
            app_api=self._known(graph(*at, app_token)),
            plan=plan,
            config=self.config,
            folder=self.plan.folder,
            token=token,
            app_secret=app_secret,
            verify_token=self.verify_token,
            pin=self.secrets.need(plan.register_pin, "the number's two-step PIN") if plan.register_pin else None,
            url=self.platform.url,
            journal=self.journal,
        )

    @cached_property
    def _heroku(self) -> HerokuSite:
        key, shared = self.secrets.need(HEROKU_KEY, "Heroku"), self.plan.shared
        api = heroku(self.settings.heroku_api_url, key)
        self.apis.append(api)
        if self.plan.platform == "shared" and shared is None:
            raise ConfigurationError(
                f"client {self.name} is on the platform `shared`: it needs [clients.{self.name}.shared]"
            )
        return HerokuSite(
            api=api,
            plan=self.plan.heroku,
            client=self.name,
            app=shared.app if shared else app_name(self.plan.heroku, self.name),
            local=Repository(shared.folder) if shared else self.local,
            journal=self.journal,
            values=self.bot_secrets(),
            pause=self.pause,
            everybodys=self.plan.secrets,
            belongs_to=shared.client if shared else self.name,
            told={} if shared else self._told(),
            generated={**GENERATED, APP_KEY: AppKey.new} if self.plan.collector and not shared else GENERATED,
        )

    @cached_property
    def _host(self) -> HostSite:
        if self.plan.host is None:
            raise ConfigurationError(
                f"client {self.name} is on the platform `host`: it needs [clients.{self.name}.host]"
            )
        return HostSite(self.plan.host, self.name, self.local, self.bot_secrets())

    def _known(self, api: Api) -> Api:
        self.apis.append(api)
        return api


def account(name: str, settings: FleetSettings, secrets: Secrets) -> Account:
    """The client `name` of the inventory. Raises BadInput, ConfigurationError."""
    return Account(name, Inventory(settings.inventory).client(name), settings, secrets, state_of(settings))


def state_of(settings: FleetSettings) -> Path:
    return settings.inventory.parent / STATE
