"""docs/simulator.md names every endpoint, kind and fault: it is what other tests are written from."""

from pathlib import Path
from typing import get_args

from services.simulator.app import create_app
from services.simulator.contacts.utterances import ByType
from services.simulator.graph.faults import Fault
from tests.unit.simulator.graph_server import Stage

DOCUMENT = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text()


async def test_every_control_endpoint_is_documented(stage: Stage) -> None:
    paths = [path for path in create_app(stage.simulator).openapi()["paths"] if path.startswith("/control")]
    assert len(paths) > 10
    assert [path for path in paths if path not in DOCUMENT] == []


def test_every_kind_of_message_and_fault_is_documented() -> None:
    classes = get_args(get_args(ByType)[0])
    said = [kind for each in classes for kind in get_args(each.model_fields["type"].annotation)]
    faults = get_args(Fault.model_fields["kind"].annotation)
    assert len(said) > 15
    assert [kind for kind in (*said, *faults) if f"`{kind}`" not in DOCUMENT] == []
