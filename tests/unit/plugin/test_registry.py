import importlib.metadata
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from remanso.errors import ConfigurationError
from remanso.plugin.registry import ENTRY_POINTS, Registry, load_clients

EMPRENDEMY = Path(__file__).parents[3] / "clients" / "emprendemy" / "client.toml"
ENVIRON = {
    "EMPRENDEMY_APP_SECRET": "app",
    "EMPRENDEMY_VERIFY_TOKEN": "verify\n",
    "EMPRENDEMY_ACCESS_TOKEN": "opens-doors",
}
TOOLS = '''
from remanso.plugin.tools import tool

@tool(effect="read")
async def hello(ctx, name: str) -> str:
    """Say hello.

    Args:
        name: Whom to greet.
    """
    return name

tools = [hello]
'''


@pytest.fixture(autouse=True)
def imports() -> Iterator[None]:
    """What these clients bring to the interpreter leaves with them."""
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def client(
    directory: Path, name: str = "emprendemy", number: str = "800000000000001", package: str = "", tools: str = TOOLS
) -> Path:
    """A client's folder with everything in it."""
    package = package or f"{name}_bot"
    text = EMPRENDEMY.read_text().replace("800000000000001", number)
    text = text.replace('name = "emprendemy"', f'name = "{name}"').replace("emprendemy_bot", package)
    folder = directory / name
    (folder / package).mkdir(parents=True)
    (folder / "client.toml").write_text(text)
    (folder / package / "__init__.py").write_text(tools)
    (folder / "prompts").mkdir()
    (folder / "prompts" / "system.md").write_text("Sos la asistente.\n")
    return folder


def load(directory: Path | None, *, with_tools: bool = False, **options: Any) -> Registry:
    return load_clients(directory, with_tools=with_tools, **{"environ": ENVIRON, **options})


def test_a_folder_is_a_client(tmp_path: Path) -> None:
    client(tmp_path)
    (tmp_path / "notes.txt").write_text("no client")
    (tmp_path / "empty").mkdir()
    registry = load(tmp_path, needs=("app_secret", "verify_token"))
    assert registry.broken == {}
    assert list(registry.clients) == ["emprendemy"]
    found = registry.clients["emprendemy"]
    assert registry.by_channel("800000000000001") is found
    assert registry.by_channel("5") is None
    assert found.secret("verify_token").get_secret_value() == "verify"
    assert [secret.get_secret_value() for secret in found.app_secrets] == ["app"]
    assert (found.tools, found.system_prompt) == ((), "")
    assert "opens-doors" not in repr(registry)


def test_both_app_secrets_during_a_reset(tmp_path: Path) -> None:
    client(tmp_path)
    registry = load(tmp_path, environ={**ENVIRON, "EMPRENDEMY_APP_SECRET_PREVIOUS": "old"})
    assert [s.get_secret_value() for s in registry.clients["emprendemy"].app_secrets] == ["app", "old"]


def test_tools_and_prompt_come_when_asked_for(tmp_path: Path) -> None:
    client(tmp_path)
    found = load(tmp_path, with_tools=True).clients["emprendemy"]
    assert [tool.name for tool in found.tools] == ["hello"]
    assert found.system_prompt == "Sos la asistente."


def test_a_missing_secret_is_named_where_it_is_needed(tmp_path: Path) -> None:
    client(tmp_path)
    environ = {"EMPRENDEMY_APP_SECRET": " "}
    registry = load(tmp_path, needs=("app_secret", "access_token"), environ=environ)
    assert registry.clients == {}
    reason = registry.broken["emprendemy"]
    assert "EMPRENDEMY_APP_SECRET" in reason
    assert "EMPRENDEMY_ACCESS_TOKEN" in reason
    found = load(tmp_path, environ=environ).clients["emprendemy"]
    with pytest.raises(ConfigurationError, match="access_token"):
        found.secret("access_token")


def test_the_key_of_a_model_profile_is_a_secret_like_any_other(tmp_path: Path) -> None:
    folder = client(tmp_path)
    toml = folder / "client.toml"
    spare = '[model.fallback]\nmodel = "llama"\nbase_url = "http://localhost:8000/v1"\napi_key = "SPARE_KEY"\n\n[burst]'
    toml.write_text(toml.read_text().replace("[burst]", spare))
    needs = ("model.api_key", "model.fallback.api_key")
    assert load(tmp_path, needs=needs).broken == {"emprendemy": "environment variable not set: SPARE_KEY"}
    found = load(tmp_path, needs=needs, environ={**ENVIRON, "SPARE_KEY": "k"}).clients["emprendemy"]
    assert found.secret("model.fallback.api_key").get_secret_value() == "k"
    assert "model.api_key" not in found.secrets


@pytest.mark.parametrize("value", ["two\nlines", "ñandú", "a\x00b"])
def test_a_secret_no_header_can_carry_is_told_without_its_value(tmp_path: Path, value: str) -> None:
    client(tmp_path)
    registry = load(tmp_path, environ={**ENVIRON, "EMPRENDEMY_ACCESS_TOKEN": value})
    assert "EMPRENDEMY_ACCESS_TOKEN" in registry.broken["emprendemy"]
    assert value not in registry.broken["emprendemy"]


@pytest.mark.parametrize(
    ("tools", "reason"),
    [
        ("raise RuntimeError('no catalogue')", "RuntimeError: no catalogue"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("this is no python", "SyntaxError"),
        ("", "no attribute `tools`"),
        ("tools = [print]", "no attribute `tools`"),
        (TOOLS + "tools = [hello, hello]", "two tools of one name"),
    ],
)
def test_a_broken_client_is_named_and_the_others_go_on(tmp_path: Path, tools: str, reason: str) -> None:
    client(tmp_path, "broken", "800000000000002", tools=tools)
    client(tmp_path)
    registry = load(tmp_path, with_tools=True)
    assert list(registry.clients) == ["emprendemy"]
    assert reason in registry.broken["broken"]
    assert load(tmp_path).broken == {}, "only the agent imports a client's code"


def test_a_missing_prompt_breaks_only_the_agent(tmp_path: Path) -> None:
    (client(tmp_path) / "prompts" / "system.md").unlink()
    assert "prompts/system.md" in load(tmp_path, with_tools=True).broken["emprendemy"]
    assert load(tmp_path).broken == {}


def test_an_unreadable_file_and_another_version_break_a_client(tmp_path: Path) -> None:
    (client(tmp_path, "later", "800000000000002") / "client.toml").write_text("[")
    newer = client(tmp_path, "newer", "800000000000003") / "client.toml"
    newer.write_text(newer.read_text().replace(">=0.1,<1", ">=7"))
    registry = load(tmp_path)
    assert "not TOML" in registry.broken["later"]
    assert ">=7" in registry.broken["newer"]


def test_names_numbers_and_packages_belong_to_one_client(tmp_path: Path) -> None:
    client(tmp_path, "a", "1", package="bot")
    client(tmp_path, "b", "1")
    (tmp_path / "b" / "extra").mkdir()
    client(tmp_path / "more", "a", "3")
    (tmp_path / "more" / "a").rename(tmp_path / "c")
    client(tmp_path, "d", "4", package="bot")
    registry = load(tmp_path, with_tools=True)
    assert list(registry.clients) == ["a"]
    assert "number 1 belongs to client a" in registry.broken["b"]
    assert "called a already" in registry.broken["c"]
    assert "another package of that name" in registry.broken["d"]


@pytest.mark.parametrize("beside", [True, False], ids=["installed", "checkout"])
def test_an_entry_point_leads_to_a_client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: bool) -> None:
    folder = client(tmp_path)
    if beside:  # a wheel holds everything inside the package
        for name in ("client.toml", "prompts"):
            (folder / name).rename(folder / "emprendemy_bot" / name)
    sys.path.insert(0, str(folder))
    declare(monkeypatch, {"emprendemy": "emprendemy_bot", "ghost": "no_such_module", "bare": "json"})
    registry = load(None, with_tools=True)
    assert [tool.name for tool in registry.clients["emprendemy"].tools] == ["hello"]
    assert registry.broken.keys() == {"ghost", "bare"}
    both = load(tmp_path, with_tools=True)
    assert (list(both.clients), set(both.broken)) == (["emprendemy"], {"ghost", "bare"})


def test_a_directory_that_is_none_is_a_wrong_setting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="REMANSO_CLIENTS_DIR"):
        load(tmp_path / "nowhere")


def declare(monkeypatch: pytest.MonkeyPatch, modules: Mapping[str, str]) -> None:
    """Let the interpreter believe that installed distributions declare these clients."""
    points = importlib.metadata.EntryPoints(
        importlib.metadata.EntryPoint(name, module, ENTRY_POINTS) for name, module in modules.items()
    )
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points.select(group=group))


def test_built_in_tools_stand_beside_the_clients_own(tmp_path: Path) -> None:
    folder = client(tmp_path, "one")
    text = (folder / "client.toml").read_text()
    (folder / "client.toml").write_text(text + '\n[tools]\nbuiltin = ["handoff", "send_buttons"]\n')
    registry = load(tmp_path, with_tools=True)
    assert [tool.name for tool in registry.clients["one"].tools] == ["hello", "handoff", "send_buttons"]


@pytest.mark.parametrize("builtin", ['["handoff", "handoff"]', '["save_contact"]'])
def test_no_two_tools_of_one_name(tmp_path: Path, builtin: str) -> None:
    folder = client(tmp_path, "one", tools=TOOLS.replace("hello", "save_contact"))
    text = (folder / "client.toml").read_text()
    (folder / "client.toml").write_text(f"{text}\n[tools]\nbuiltin = {builtin}\n")
    assert "`tools.builtin` names a tool twice" in load(tmp_path, with_tools=True).broken["one"]


def test_a_built_in_tool_that_does_not_exist_is_named(tmp_path: Path) -> None:
    folder = client(tmp_path, "one")
    text = (folder / "client.toml").read_text()
    (folder / "client.toml").write_text(text + '\n[tools]\nbuiltin = ["teleport"]\n')
    assert "tools.builtin" in load(tmp_path, with_tools=True).broken["one"]
