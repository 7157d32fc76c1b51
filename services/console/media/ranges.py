"""Which bytes of a file a player asks for: else Safari plays nothing, and nobody can skip (RFC 9110, section 14)."""

import re

_ONE = re.compile(r"bytes=(\d*)-(\d*)")


def part_of(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte and the one behind the last; None: the whole file.

    What is more than one part, or none we understand, may be answered with the whole file. Raises ValueError for a part
    that lies outside.
    """
    found = _ONE.fullmatch((header or "").replace(" ", ""))
    if found is None or found[1] == found[2] == "":
        return None
    if found[1] == "":
        first, behind = max(0, size - int(found[2])), size
    else:
        first, behind = int(found[1]), min(size, int(found[2]) + 1 if found[2] else size)
    if first >= behind:
        raise ValueError(f"{header} of {size} bytes")
    return first, behind
