"""The console's two languages. Texts stand in the templates in English; locale/es/<room>.po holds the Spanish.

Each room has a file of its own, so that two people who build pages do not meet in one. They are read at the start; what
is missing or marked fuzzy is shown in English, and a test names it.
"""

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = {"es": "Español", "en": "English"}
DEFAULT = "es"
FOLDER = Path(__file__).parents[1] / "locale"


def translations() -> Mapping[str, NullTranslations]:
    """By language. English is what the templates say already."""
    compiled = BytesIO()
    write_mo(compiled, catalogue())
    compiled.seek(0)
    return {"es": Translations(compiled), "en": NullTranslations()}


def catalogue() -> Catalog:
    """The Spanish of all rooms in one."""
    whole = Catalog(locale="es")
    for path in sorted((FOLDER / "es").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="es"):
                if message.id and not message.fuzzy:
                    whole.add(message.id, message.string, context=message.context)
    return whole


def preferred(accept_language: str) -> str:
    """Of somebody we do not know yet: the first of our languages that their browser names, else Spanish."""
    wanted = (part.partition(";")[0].strip()[:2].lower() for part in accept_language.split(","))
    return next((language for language in wanted if language in LANGUAGES), DEFAULT)
