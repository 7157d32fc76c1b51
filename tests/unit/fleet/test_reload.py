"""What a change in a client's folder means for the stack that serves it."""

from pathlib import Path

from fleet.local.reload import READERS, changes, look_at, readers


def test_changes_are_seen_but_for_tests_caches_and_what_is_hidden(tmp_path: Path) -> None:
    for name in (
        "client.toml",
        "bot/__init__.py",
        "bot/__pycache__/a.pyc",
        "tests/test_a.py",
        ".git/HEAD",
        "seeds/a.json",
    ):
        path = tmp_path / "bakery" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("no client")
    before = look_at(tmp_path)
    assert {path.name for path in before} == {"client.toml", "__init__.py", "a.json"}
    assert changes(before, before) == []
    (tmp_path / "bakery" / "client.toml").write_text("longer")
    (tmp_path / "bakery" / "seeds" / "a.json").unlink()
    (tmp_path / "bakery" / "new.py").write_text("")
    assert {path.name for path in changes(before, look_at(tmp_path))} == {"client.toml", "a.json", "new.py"}


def test_only_a_changed_client_toml_concerns_everybody() -> None:
    assert readers([Path("a/bot/tools.py"), Path("a/prompts/system.md")]) == ("agent",)
    assert readers([Path("a/bot/tools.py"), Path("a/client.toml")]) == READERS
