"""The environment as one typed object per service, read once at the start.

Variables are named `REMANSO_<FIELD>`; a secret may also stand in the file that `REMANSO_<FIELD>_FILE` names. A service
derives its own class from the base that fits:

    OpsSettings           a process with logs and an ops port (the simulator)
    └── ServiceSettings   … that talks to the broker (ingress)
        └── StoreSettings … and to the database (everything else)
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self, TypeVar
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from remanso.errors import ConfigurationError
from remanso.secrets import secret_from

PREFIX = "REMANSO_"
ENV_FILE = "REMANSO_ENV_FILE"

Port = Annotated[int, Field(ge=0, le=65535, description="0 = any free port")]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LogFormat = Literal["json", "console"]


def _has_host(url: str, *schemes: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # its text repeats the value
        return False


def _check_files(url: str, *parameters: str) -> None:
    """Certificates and keys that a URL names are there: else it would look as if the peer were away."""
    for name, value in parse_qsl(urlsplit(url).query):
        if name in parameters and not Path(value).is_file():
            raise ValueError(f"{name} names no file")


def _amqp_url(url: SecretStr) -> SecretStr:
    if not _has_host(url.get_secret_value(), "amqp", "amqps"):
        raise ValueError("must look like amqp://user:password@host:port/vhost")
    _check_files(url.get_secret_value(), "cafile", "certfile", "keyfile")
    return url


def _database_url(url: SecretStr) -> SecretStr:
    """Take what PostgreSQL's own tools and hosting providers hand out as well as SQLAlchemy's form."""
    scheme, separator, rest = url.get_secret_value().partition("://")
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+asyncpg"):
        raise ValueError("must look like postgresql://user:password@host:port/database")
    _check_files(url.get_secret_value(), "sslrootcert", "sslcert", "sslkey")
    return SecretStr(f"postgresql+asyncpg://{rest}")


AmqpUrl = Annotated[SecretStr, AfterValidator(_amqp_url)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]


class _LenientDecoding:
    """Hands JSON that does not parse to validation, so that it is reported together with everything else."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)  # type: ignore[misc]
        except ValueError:
            return value


class _Environment(_LenientDecoding, EnvSettingsSource):
    pass


class _EnvironmentFile(_LenientDecoding, DotEnvSettingsSource):
    pass


class _SecretFiles(PydanticBaseSettingsSource):
    """Values of secret fields out of the files that `REMANSO_<FIELD>_FILE` name. What cannot be read is left out here:
    `load_settings` tells of it together with everything else that is wrong."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        try:
            return secret_from(_named(self.settings_cls, field_name)), field_name, False
        except ConfigurationError:
            return "", field_name, False

    def __call__(self) -> dict[str, Any]:
        read = {name: self.get_field_value(field, name)[0] for name, field in _secret_fields(self.settings_cls).items()}
        return {name: value for name, value in read.items() if value}


def _secret_fields(cls: type[BaseSettings]) -> dict[str, FieldInfo]:
    """Those whose values are never shown."""
    return {name: field for name, field in cls.model_fields.items() if "SecretStr" in str(field.annotation)}


def _named(cls: type[BaseSettings], field: str) -> str:
    return f"{cls.model_config.get('env_prefix', '')}{field}".upper()


class OpsSettings(BaseSettings):
    """What any process of ours needs: where its ops port listens and how it logs."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True)

    ops_host: str = "0.0.0.0"  # noqa: S104 - scraped and probed from outside the container
    ops_port: Port = 9100
    ops_port_file: Path | None = None
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "json"
    instance: str | None = None
    production: bool = False
    """Real contacts write here: the simulator does not start, and nothing is asked or offered without TLS."""

    @model_validator(mode="after")
    def _safe_in_production(self) -> Self:
        if self.production:
            for name in type(self).model_fields:
                value = getattr(self, name)
                if isinstance(value, str) and value.startswith("http://"):
                    raise ValueError(f"{_named(type(self), name)} must begin with https:// in production")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        env_file = os.environ.get(ENV_FILE)
        files = (_EnvironmentFile(settings_cls, env_file=env_file),) if env_file else ()
        return init_settings, _Environment(settings_cls), _SecretFiles(settings_cls), *files


class ServiceSettings(OpsSettings):
    """A process on the bus."""

    amqp_url: AmqpUrl


class StoreSettings(ServiceSettings):
    """A process on the bus that also keeps rows."""

    database_url: DatabaseUrl
    database_pool_size: int = Field(default=10, ge=1)


S = TypeVar("S", bound=OpsSettings)


def load_settings(cls: type[S]) -> S:
    """Read the environment; with anything missing or wrong, name all of it on stderr and exit with 2."""
    env_file = os.environ.get(ENV_FILE)
    if env_file and not Path(env_file).is_file():
        _exit_with([(ENV_FILE, "names no file")])
    unread = _unread_files(cls)
    try:
        settings = cls()
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        wrong = [(_variable(cls, detail), _problem(detail)) for detail in details]
        _exit_with(unread + [each for each in wrong if each[0] not in dict(unread)])
    if unread:
        _exit_with(unread)
    return settings


def _unread_files(cls: type[OpsSettings]) -> list[tuple[str, str]]:
    problems = []
    for field in _secret_fields(cls):
        try:
            secret_from(_named(cls, field))
        except ConfigurationError as problem:
            problems.append((_named(cls, field), str(problem)))
    return problems


def _variable(cls: type[OpsSettings], detail: ErrorDetails) -> str:
    field, *inner = (str(part) for part in detail["loc"]) if detail["loc"] else ("settings",)
    name = _named(cls, field) if field in cls.model_fields else field
    return ".".join([name, *inner])


def _problem(detail: ErrorDetails) -> str:
    """What is wrong, never the value: it may be a secret."""
    return "missing" if detail["type"] == "missing" else detail["msg"].removeprefix("Value error, ")


def _exit_with(problems: list[tuple[str, str]]) -> NoReturn:
    lines = [f"  {variable}: {problem}" for variable, problem in problems]
    print("wrong settings:", *lines, sep="\n", file=sys.stderr)  # noqa: T201 - there is no log yet
    sys.exit(2)
