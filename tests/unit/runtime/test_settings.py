import os

import pytest
from pydantic import Field, SecretStr

from remanso.runtime.settings import OpsSettings, ServiceSettings, StoreSettings, load_settings


class Bookshop(StoreSettings):
    shelves: list[int] = Field(default=[1])
    drawer: SecretStr = Field(validation_alias="BOOKSHOP_DRAWER")


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("REMANSO_"):
            monkeypatch.delenv(name)


@pytest.fixture
def complete(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("REMANSO_AMQP_URL", "amqp://user:s3cret@broker:5672/")
    monkeypatch.setenv("REMANSO_DATABASE_URL", "postgresql://user:s3cret@db:5432/remanso")
    monkeypatch.setenv("BOOKSHOP_DRAWER", "s3cret")
    return monkeypatch


def problems_of(cls: type[OpsSettings], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as exit_info:
        load_settings(cls)
    assert exit_info.value.code == 2
    return capsys.readouterr().err


def test_every_problem_is_named_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("REMANSO_OPS_PORT", "s3cret-port")
    monkeypatch.setenv("REMANSO_LOG_LEVEL", "s3cret-level")
    monkeypatch.setenv("REMANSO_SHELVES", "[s3cret-json")
    monkeypatch.setenv("REMANSO_DATABASE_URL", "mysql://s3cret")
    monkeypatch.setenv("REMANSO_AMQP_URL", "")

    told = problems_of(Bookshop, capsys)

    for name in ("OPS_PORT", "LOG_LEVEL", "SHELVES", "DATABASE_URL", "AMQP_URL"):
        assert f"REMANSO_{name}: " in told
    assert "BOOKSHOP_DRAWER: missing" in told
    assert "REMANSO_AMQP_URL: missing" in told, "an empty variable is no value"
    assert "s3cret" not in told


@pytest.mark.parametrize("url", ["http://broker/", "amqp://", "amqp://broker:s3cret/", "broker:5672", "amqp://h:0/"])
def test_an_amqp_url_that_cannot_be_one_is_refused_unseen(
    complete: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    complete.setenv("REMANSO_AMQP_URL", url)
    told = problems_of(ServiceSettings, capsys)
    assert "REMANSO_AMQP_URL: must look like amqp://" in told
    assert "s3cret" not in told


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+asyncpg"])
def test_database_urls_of_other_tools_are_taken(complete: pytest.MonkeyPatch, scheme: str) -> None:
    complete.setenv("REMANSO_DATABASE_URL", f"{scheme}://user:pass@db/remanso")
    settings = load_settings(Bookshop)
    assert settings.database_url.get_secret_value() == "postgresql+asyncpg://user:pass@db/remanso"


def test_secrets_do_not_show_in_the_object(complete: pytest.MonkeyPatch) -> None:
    assert "s3cret" not in repr(load_settings(Bookshop))


def test_json_and_defaults(complete: pytest.MonkeyPatch) -> None:
    complete.setenv("REMANSO_SHELVES", "[3, 4]")
    settings = load_settings(Bookshop)
    assert settings.shelves == [3, 4]
    assert (settings.ops_port, settings.log_format, settings.database_pool_size) == (9100, "json", 10)


def test_a_file_is_read_only_when_named_and_the_environment_wins(
    complete: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("settings")
    (folder / ".env").write_text("REMANSO_OPS_PORT=1\nREMANSO_LOG_LEVEL=DEBUG\n")
    complete.chdir(folder)
    assert load_settings(Bookshop).ops_port == 9100

    complete.setenv("REMANSO_ENV_FILE", str(folder / ".env"))
    complete.setenv("REMANSO_LOG_LEVEL", "ERROR")
    settings = load_settings(Bookshop)
    assert (settings.ops_port, settings.log_level) == (1, "ERROR")


def test_a_named_file_that_is_not_there(complete: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    complete.setenv("REMANSO_ENV_FILE", "/nowhere/.env")
    assert "REMANSO_ENV_FILE: names no file" in problems_of(Bookshop, capsys)
