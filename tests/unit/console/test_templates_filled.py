"""A template reads as its contact read it."""

import pytest

from services.console.composer.templates import Fillable


def test_gaps_are_filled_in_order() -> None:
    template = Fillable("recordatorio", "es", ("Hola ", ", empieza el ", "."))
    assert template.filled_with(["Ana", "lunes"]) == "Hola Ana, empieza el lunes."
    assert Fillable("aviso", "es", ("Sin huecos",)).filled_with([]) == "Sin huecos"
    with pytest.raises(ValueError, match="zip"):
        template.filled_with(["Ana"])
