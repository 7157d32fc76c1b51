"""A folder of clients for a stack under test: Emprendemy with short waits, and the test clients beside it."""

import re
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEST_CLIENTS = ROOT / "tests" / "fixtures" / "clients"


def lay_out_clients(folder: Path, *names: str) -> Path:
    """Copies Emprendemy, impatient, and these test clients into `folder`."""
    emprendemy = folder / "emprendemy"
    shutil.copytree(ROOT / "clients" / "emprendemy", emprendemy)
    config = emprendemy / "client.toml"
    config.write_text(_impatient(config.read_text("utf-8")), "utf-8")
    for name in names:
        shutil.copytree(TEST_CLIENTS / name, folder / name)
    return folder


def _impatient(toml: str) -> str:
    for key, value in {"quiet": "1.0", "quiet_when_finished": "0.5"}.items():
        toml, changes = re.subn(rf"(?m)^{key} = .*$", f"{key} = {value}", toml)
        if changes != 1:
            raise AssertionError(f"client.toml has no line `{key} = …`")
    return toml
