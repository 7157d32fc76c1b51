import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import cast

import pytest

from remanso.errors import ConfigurationError
from remanso.plugin.behaviour import Limits, Summary
from remanso.plugin.config import ClientConfig, TextName, read_config
from remanso.plugin.phrases import SAID_BY_DEFAULT
from tests.support.school import config

EMPRENDEMY = Path(__file__).parents[3] / "clients" / "emprendemy" / "client.toml"


def written(tmp_path: Path, *replacements: tuple[str, str]) -> Path:
    """Emprendemy's file with changes."""
    text = EMPRENDEMY.read_text()
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    path = tmp_path / "client.toml"
    path.write_text(text)
    return path


def problem_of(path: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        read_config(path)
    return str(refused.value)


@pytest.fixture(scope="module")
def emprendemy() -> ClientConfig:
    return read_config(EMPRENDEMY)


def test_the_reference_client(emprendemy: ClientConfig) -> None:
    assert (emprendemy.name, emprendemy.language, emprendemy.package) == ("emprendemy", "es", "emprendemy_bot")
    assert emprendemy.channels[0].phone_number_id == "800000000000001"
    assert emprendemy.secrets.app_secret == "EMPRENDEMY_APP_SECRET"
    (price,) = emprendemy.model.prices
    assert (price.input, price.valid_from) == (Decimal("0.10"), date(2026, 11, 1))
    assert (emprendemy.burst.quiet, emprendemy.burst.longest) == (4.0, 20.0)


@pytest.mark.parametrize(
    ("language", "spoken"),
    [("es", "es"), ("en", "en"), ("en-GB", "en"), ("EN_us", "en"), ("fr", "es"), ("", "es"), (None, "es")],
)
def test_texts_in_the_language_asked_for_or_the_clients_own(
    emprendemy: ClientConfig, language: str | None, spoken: str
) -> None:
    texts = {"es": emprendemy.texts["es"], "en": emprendemy.texts["en"]}
    assert emprendemy.text("fallback", language) == texts[spoken].fallback
    assert emprendemy.text("failed", language) == texts[spoken].failed
    assert emprendemy.text("feedback", language) == texts[spoken].feedback
    assert emprendemy.text("unsure", language) == SAID_BY_DEFAULT[spoken]["unsure"], (
        "a text that a client need not word"
    )


def test_texts_nobody_wrote_are_said_in_our_words() -> None:
    silent = config()
    assert (silent.text("feedback_yes"), silent.text("feedback_yes", "en")) == ("Sí", "Yes")
    for language, texts in SAID_BY_DEFAULT.items():
        for name, words in texts.items():
            assert silent.text(cast(TextName, name), language) == words


def test_own_words_win(tmp_path: Path) -> None:
    own = read_config(written(tmp_path, ('feedback_yes = "Sí"', 'feedback_yes = "Obvio"')))
    assert (own.text("feedback_yes"), own.text("feedback_yes", "en")) == ("Obvio", "Yes")


def test_sections_that_decide_nothing_may_be_left_out(tmp_path: Path) -> None:
    text = EMPRENDEMY.read_text()
    start, end = text.index("[burst]"), text.index("[texts.es]")
    path = tmp_path / "client.toml"
    path.write_text(text[:start] + text[end:])
    config = read_config(path)
    assert (config.burst.quiet, config.limits.steps, config.takeover.minutes) == (4.0, 6, 30)


def test_every_problem_is_named_at_once_and_no_value_repeated(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        ('timezone = "America/Argentina/Buenos_Aires"', 'timezone = "Mars/Olympus"'),
        ('app_secret = "EMPRENDEMY_APP_SECRET"', 'app_secret = "s3cr3t pasted here"'),
        ('phone_number_id = "800000000000001"', "phone_number_id = 800000000000001"),
        ("quiet = 4.0", "quite = 4.0"),
        ("longest = 20.0", "longest = 1.0"),
        ("steps = 6", "steps = 0"),
    )
    problem = problem_of(path)
    for place in ("timezone", "secrets.app_secret", "channels.0.phone_number_id", "burst.quite", "limits.steps"):
        assert place in problem
    assert "s3cr3t" not in problem


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "emprendemy" ', 'name = "Emprendemy SA" ', "name"),
        ('requires = ">=0.1,<1"', 'requires = "latest"', "requires"),
        ('language = "es" ', 'language = "fr" ', "language"),
        ("[texts.es]", "[texts.fr]", "texts"),
        ("longest = 20.0", "longest = 1.0", "longest"),
        ("longest = 20.0\nadaptive = false", "longest = 5.0\nadaptive = true\nshortest = 6.0", "shortest"),
        ("after_minutes = 0", "after_minutes = 1440", "feedback.after_minutes"),
        ('feedback_yes = "Sí"', 'feedback_yes = "Sí, y muchísimas gracias"', "feedback_yes"),
        ('account = "900000000000001"', 'account = ""', "channels.0.account"),
        ("valid_from = 2026-11-01", 'valid_from = "soon"', "model.prices.0.valid_from"),
        ("[[channels]]", "[[chanels]]", "channels"),
        ("[model]", "[model", "not TOML"),
    ],
)
def test_wrong_files_are_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert told in problem_of(written(tmp_path, (old, new)))


@pytest.mark.parametrize(
    ("old", "new", "suggested"),
    [
        ("quiet = 4.0", "quite = 4.0", "burst.quite: no such key; did you mean `quiet`?"),
        ("[[channels]]", "[[chanels]]", "chanels: no such key; did you mean `channels`?"),
        (
            "phone_number_id",
            "phone_numer_id",
            "channels.0.phone_numer_id: no such key; did you mean `phone_number_id`?",
        ),
        ("[texts.es]\nfallback", "[texts.es]\nfalback", "texts.es.falback: no such key; did you mean `fallback`?"),
        ("[burst]", "[burst]\ntimezone = 'x'", "burst.timezone: no such key here; it belongs to the top of the file"),
        ("[limits]", "[limits]\nlongest = 1", "limits.longest: no such key here; it belongs to [burst]"),
        ("[limits]", "[limits]\nzebra = 1", "limits.zebra: no such key"),
    ],
)
def test_a_key_nobody_knows_comes_with_a_suggestion(tmp_path: Path, old: str, new: str, suggested: str) -> None:
    problem = problem_of(written(tmp_path, (old, new)))
    assert re.search(rf"{re.escape(suggested)}(; \w+(\.\w+)*: |$)", problem), problem


def test_a_client_must_have_texts_in_its_own_language(tmp_path: Path) -> None:
    text = EMPRENDEMY.read_text()
    path = tmp_path / "client.toml"
    path.write_text(text[: text.index("[texts.es]")] + text[text.index("[texts.en]") :])
    assert "texts.es" in problem_of(path)


def test_one_number_twice_is_refused(tmp_path: Path) -> None:
    channel = '[[channels]]\nphone_number_id = "800000000000001"\ndisplay_number = "x"\naccount = "1"\n\n[secrets]'
    assert "twice" in problem_of(written(tmp_path, ("[secrets]", channel)))


def test_missing_and_unreadable_files_are_told(tmp_path: Path) -> None:
    assert "cannot be read" in problem_of(tmp_path / "client.toml")
    (tmp_path / "client.toml").write_bytes(b"\xff\xfe")
    assert "not TOML" in problem_of(tmp_path / "client.toml")


WITH_CREDIT = ("[patience]", "[credit]\nenabled = true\ncontact_dollars = 0.5\n\n[patience]")
WITH_TEXTS = tuple(
    (f'feedback = "{beginning}', f'no_credit = "0"\nfeedback = "{beginning}') for beginning in ("¿Pude", "Was")
)


def test_credit_is_off_unless_asked_for(emprendemy: ClientConfig, tmp_path: Path) -> None:
    assert not emprendemy.credit.enabled
    credit = read_config(written(tmp_path, WITH_CREDIT, *WITH_TEXTS)).credit
    assert (credit.enabled, credit.contact_dollars, credit.contact_period) == (True, Decimal("0.5"), "month")


@pytest.mark.parametrize(
    ("replacements", "told"),
    [
        ([WITH_CREDIT, *WITH_TEXTS, ("prices =", "# prices =")], "`prices` are missing"),
        ([("[limits]  ", "[limits]\ndollars = 0.1  "), ("prices =", "# prices =")], "`prices` are missing"),
        ([("[limits]  ", "[summary]\ndollars = 0.1\n[limits]  "), ("prices =", "# prices =")], "`summary.dollars`"),
        ([WITH_CREDIT, *WITH_TEXTS, ("price =", "# price =")], "`media.price` is missing"),
        ([WITH_CREDIT, WITH_TEXTS[0]], "`texts.en.no_credit` is missing"),
        ([("[patience]", "[credit]\nenabled = true\n\n[patience]"), *WITH_TEXTS], "must say what may be spent"),
    ],
)
def test_credit_that_cannot_work_is_refused(tmp_path: Path, replacements: list[tuple[str, str]], told: str) -> None:
    assert told in problem_of(written(tmp_path, *replacements))


def test_a_summary_may_use_as_much_as_a_turn_unless_told_otherwise() -> None:
    limits = Limits(tokens=9_000, dollars=Decimal("0.1"))
    assert Summary().within(limits) == limits
    own = Summary(tokens=500).within(limits)
    assert (own.tokens, own.dollars) == (500, Decimal("0.1"))
