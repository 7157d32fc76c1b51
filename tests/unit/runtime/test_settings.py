import os
from pathlib import Path

import pytest
from pydantic import Field, SecretStr

from remanso.runtime.settings import OpsSettings, ServiceSettings, StoreSettings, load_settings
from services.simulator.settings import SimulatorSettings


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


def test_a_secret_may_stand_in_a_file(complete: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "amqp").write_text("amqp://user:fr0mfile@broker/\n")
    complete.delenv("REMANSO_AMQP_URL")
    complete.setenv("REMANSO_AMQP_URL_FILE", str(tmp_path / "amqp"))
    settings = load_settings(Bookshop)
    assert settings.amqp_url.get_secret_value() == "amqp://user:fr0mfile@broker/"
    assert "fr0mfile" not in repr(settings)


def test_what_is_wrong_with_files_is_told_with_all_else(
    complete: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "database").write_text("mysql://s3cret")
    complete.setenv("REMANSO_AMQP_URL_FILE", "/nowhere/amqp")
    complete.delenv("REMANSO_DATABASE_URL")
    complete.setenv("REMANSO_DATABASE_URL_FILE", str(tmp_path / "database"))
    complete.setenv("REMANSO_OPS_PORT", "no")

    told = problems_of(Bookshop, capsys)

    assert "REMANSO_AMQP_URL: REMANSO_AMQP_URL and REMANSO_AMQP_URL_FILE are both set; keep one" in told
    assert "REMANSO_DATABASE_URL: must look like" in told
    assert "REMANSO_OPS_PORT" in told
    assert "s3cret" not in told
    assert "nowhere" not in told


def test_a_certificate_that_is_not_there(complete: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    complete.setenv("REMANSO_AMQP_URL", "amqps://user:s3cret@broker/?cafile=/nowhere/ca.pem")
    complete.setenv("REMANSO_DATABASE_URL", "postgresql://user:s3cret@db/d?sslmode=require&sslrootcert=/nowhere.pem")
    told = problems_of(Bookshop, capsys)
    assert "REMANSO_AMQP_URL: cafile names no file" in told
    assert "REMANSO_DATABASE_URL: sslrootcert names no file" in told
    assert "s3cret" not in told


def test_in_production_nothing_is_asked_without_tls(
    complete: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Caller(ServiceSettings):
        graph_base_url: str = "https://graph.facebook.com"

    complete.setenv("REMANSO_PRODUCTION", "true")
    assert load_settings(Caller).production
    complete.setenv("REMANSO_GRAPH_BASE_URL", "http://simulator:8100/graph")
    assert "REMANSO_GRAPH_BASE_URL must begin with https://" in problems_of(Caller, capsys)


def test_the_simulator_does_not_run_in_production(
    complete: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("APP_SECRET", "VERIFY_TOKEN", "ACCESS_TOKEN"):
        complete.setenv(f"REMANSO_SIMULATOR_{name}", "s3cret")
    complete.setenv("REMANSO_SIMULATOR_WEBHOOK_URL", "https://bot.example/webhooks/whatsapp")
    load_settings(SimulatorSettings)
    complete.setenv("REMANSO_PRODUCTION", "true")
    assert "the simulator plays Meta and OpenAI" in problems_of(SimulatorSettings, capsys)
