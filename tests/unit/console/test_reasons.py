"""No reason of our own reaches a reader as code."""

import pytest

from services.agent.commit import UNSUPPORTED
from services.agent.step import FILTERED
from services.console.pages.reasons import known_reason, why
from services.console.pages.words import translations
from services.sender.fallback import TOO_OLD

OURS = [
    UNSUPPORTED,
    TOO_OLD,
    *(f"model: {each}" for each in sorted(FILTERED)),
    "limit: steps",
    "limit: tokens",
    "limit: dollars",
]


@pytest.mark.parametrize("reason", OURS)
def test_our_own_reasons_have_words_in_spanish(reason: str) -> None:
    spanish = translations()["es"]
    assert known_reason(reason, spanish)
    assert why(reason, spanish) != reason


def test_what_others_wrote_stays() -> None:
    spanish = translations()["es"]
    assert known_reason("factura: necesita una A", spanish) is None
    assert why("factura: necesita una A", spanish) == "factura: necesita una A"
