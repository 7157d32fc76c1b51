"""The dialogues beside this file, played on Emprendemy's own tools."""

from pathlib import Path

import pytest

from remanso.testing import Dialogue, play_dialogue, read_dialogues

HERE = Path(__file__).parent


@pytest.mark.parametrize("dialogue", read_dialogues(HERE / "dialogues"), ids=str)
async def test_a_dialogue(dialogue: Dialogue) -> None:
    assert await play_dialogue(HERE.parent, dialogue) == []
