"""A small fleet: clients that run on the Heroku stand-in, and can be brought back to how they were."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fleet.git import Repository
from tests.support.provisioning import Operator, operator
from tests.support.standins.heroku.account import App
from tests.support.standins.places import Places, places

NAMES = tuple(f"shop-{number}" for number in range(1, 5))


@dataclass(frozen=True)
class Shops:
    desk: Operator
    world: Places
    bring_back: Callable[[], None]

    def app(self, name: str) -> App:
        return self.world.heroku.apps[f"remanso-{name}"]

    def running(self, name: str) -> str:
        """The commit."""
        app = self.app(name)
        slug = ((app.current or {}).get("slug") or {}).get("id")
        built = next(each for each in app.builds if (each["slug"] or {}).get("id") == slug)
        return str(built["source_blob"]["version"])

    def head(self, name: str) -> str:
        return self.repository(name).head() or ""

    def repository(self, name: str) -> Repository:
        return Repository(self.desk.folder / name)

    def on_github(self, name: str) -> Repository:
        return Repository(self.world.github.folder / "acme" / f"{name}.git")

    def begun(self, name: str) -> dict[str, str]:
        """Orders that its journal says have not ended."""
        kept = json.loads((self.desk.folder / ".remanso" / "fleet" / f"{name}.json").read_text())
        return dict(kept["begun"])

    def change(self, names: Sequence[str], file: str, content: str = "x") -> None:
        """A commit in each."""
        for name in names:
            (self.desk.folder / name / file).write_text(content)
            self.repository(name).commit_all(f"Changes {file}")


@contextmanager
def shops_that_run(folder: Path) -> Iterator[Shops]:
    """Their numbers at Meta belong to another story."""
    with places(folder / "places") as world:
        (folder / "desk").mkdir()
        desk = operator(folder / "desk", world, *NAMES, meta=False)
        for name in NAMES:
            desk.create(name)
            ended = desk.run("clients", "provision", name, "--json")
            assert ended.code == 0, ended.out
        with world.remembered(desk.folder) as bring_back:
            yield Shops(desk, world, bring_back)
