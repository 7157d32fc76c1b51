"""Clients' packages in the interpreter of the tests: there while they are looked at, gone afterwards."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def passing_imports() -> Iterator[None]:
    """Whatever is imported inside the block from folders it put on the path can come from elsewhere afterwards."""
    before = list(sys.path)
    try:
        yield
    finally:
        folders = [Path(entry) for entry in sys.path if entry not in before]
        sys.path[:] = before
        for name, module in list(sys.modules.items()):
            home = Path(getattr(module, "__file__", None) or "/")
            if any(folder in home.parents for folder in folders):
                del sys.modules[name]
