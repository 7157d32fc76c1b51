"""Which tests go to one worker together, where several run side by side."""

from xdist.scheduler import LoadFileScheduling

ONE_STACK = frozenset({"tests/e2e", "tests/browser"})
"""Folders all of whose files share one running stack: it is brought up once, and taken down when they are through."""


class ByStack(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """File by file, and these folders whole."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        folder = file.rpartition("/")[0]
        return folder if folder in ONE_STACK else file
