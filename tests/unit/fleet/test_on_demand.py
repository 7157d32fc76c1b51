"""The command loads what is called, and everything it names is there."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from fleet.cli import Clients, Remanso, app

COMMANDS = [*([name] for name in Remanso.places), *(["clients", name] for name in Clients.places)]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(words: list[str]) -> None:
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0, result.output
    assert "Usage" in result.output


def test_a_group_of_one_command_is_a_group() -> None:
    result = CliRunner().invoke(app, ["rabbitmq", "definitions", "--help"])
    assert result.exit_code == 0, result.output


def test_a_command_nobody_called_is_not_loaded() -> None:
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom fleet.cli import app\n"
        "assert CliRunner().invoke(app, ['clients', 'provision', '--help']).exit_code == 0\n"
        "sys.exit('loaded: ' + ' '.join(loaded) if (loaded := {'sqlalchemy', 'aio_pika'} & set(sys.modules)) else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
