"""Every text of the console exists in Spanish."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from services.console.pages.words import FOLDER, catalogue

ROOT = Path(__file__).parents[3] / "services" / "console"


def texts() -> Iterator[str]:
    """All that templates and routes hand to gettext."""
    ways = [("templates/**.html", "jinja2"), ("**.py", "python")]
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}
    options = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}}
    for _, _, message, _, _ in extract_from_dir(ROOT, ways, options, keywords):
        yield message if isinstance(message, str) else message[0]


def test_nothing_is_missing_in_spanish() -> None:
    spanish = catalogue()
    missing = {text for text in texts() if not (spanish.get(text) and spanish[text].string)}
    assert sorted(missing) == []


def test_nothing_is_fuzzy_or_left_over() -> None:
    known = set(texts())
    for path in (FOLDER / "es").glob("*.po"):
        with path.open("rb") as file:
            for message in read_po(file, locale="es"):
                single = message.id if isinstance(message.id, str) else message.id[0]
                assert not message.fuzzy, f"{path.name}: {single}"
                assert not single or single in known, f"{path.name}: nobody says {single!r} any more"
