import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from pydantic import BaseModel

from remanso.runtime.logging import REDACTED, configure
from remanso.runtime.settings import LogFormat

log = structlog.get_logger()


Output = Callable[[], str]


@pytest.fixture
def output(capsys: pytest.CaptureFixture[str]) -> Iterator[Output]:
    root, configuration = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield lambda: capsys.readouterr().out
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.configure(**configuration)


def configure_json() -> None:
    configure("debouncer", "debouncer-1", level="INFO", form="json")


def lines(output: Output) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output().splitlines()]


def test_a_line_is_json_with_the_process_and_the_bound_ids(output: Output) -> None:
    configure_json()
    with structlog.contextvars.bound_contextvars(conversation="c1"):
        log.info("turn.sealed", messages=3)
    (line,) = lines(output)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "turn.sealed",
        "level": "info",
        "messages": 3,
        "conversation": "c1",
        "service": "debouncer",
        "instance": "debouncer-1",
    }


def test_other_libraries_speak_the_same_and_the_chatty_ones_only_when_it_matters(output: Output) -> None:
    configure_json()
    logging.getLogger("alembic").info("running %s", "0001")
    logging.getLogger("httpx").info("HTTP Request: POST https://graph/5491155550101")
    logging.getLogger("aio_pika.robust_connection").warning("Reconnecting after 1 seconds.")
    logging.getLogger("aio_pika.robust_connection").error("closed")
    assert [line["event"] for line in lines(output)] == ["running 0001", "closed"]


def test_what_people_wrote_and_who_they_are_never_shows(output: Output) -> None:
    configure_json()
    log.info("a", text="hola", wa_id="5491155550101", access_token="t", outer={"Body": "hola", "kept": 1})
    log.info("b", items=[{"phone": "5491155550101"}], turn="7", queue="q")
    first, second = lines(output)
    assert [first["text"], first["wa_id"], first["access_token"]] == [REDACTED] * 3
    assert first["outer"] == {"Body": REDACTED, "kept": 1}
    assert second["items"] == [{"phone": REDACTED}]
    assert (second["turn"], second["queue"]) == ("7", "q")


class Form(BaseModel):
    age: int


def validate() -> None:
    Form.model_validate({"age": " ".join(["soy", "Ana"])})


def deliver() -> None:
    raise RuntimeError(f"no reply to +549{1155550101}")


@pytest.mark.parametrize("form", ["json", "console"])
def test_tracebacks_tell_the_place_but_no_values(output: Output, form: LogFormat) -> None:
    configure("debouncer", "debouncer-1", form=form)
    for work in (validate, deliver):
        try:
            work()
        except Exception:
            log.exception("item.failed")
    text = output()
    assert "test_logging.py" in text
    assert "ValidationError" in text
    assert "RuntimeError" in text
    assert "soy Ana" not in text
    assert "5491155550101" not in text


def test_the_level_counts_and_console_is_for_people(output: Output) -> None:
    configure("debouncer", "debouncer-1", level="WARNING", form="console")
    log.info("quiet")
    log.warning("loud", turn="7")
    text = output()
    assert "quiet" not in text
    assert "loud" in text
    assert "\x1b[" in text
