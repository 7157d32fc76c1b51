from pathlib import Path

import pytest

from fleet.local.clients import local_clients

EMPRENDEMY = Path(__file__).parents[3] / "clients" / "emprendemy" / "client.toml"


@pytest.mark.parametrize(("environ", "key"), [({}, "none"), ({"SPARE_KEY": "sk-x"}, "sk-x")])
def test_a_model_profiles_own_key_is_made_up_unless_it_is_there(
    tmp_path: Path, environ: dict[str, str], key: str
) -> None:
    spare = '[model.fallback]\nmodel = "llama"\nbase_url = "http://localhost:8000/v1"\napi_key = "SPARE_KEY"\n\n[burst]'
    (tmp_path / "emprendemy").mkdir()
    (tmp_path / "emprendemy" / "client.toml").write_text(EMPRENDEMY.read_text().replace("[burst]", spare))
    variables = local_clients(tmp_path, print, environ).environment()
    assert variables["SPARE_KEY"] == key
    assert variables["EMPRENDEMY_ACCESS_TOKEN"].startswith("LOCAL")
