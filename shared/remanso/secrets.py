"""Secrets out of the environment, or out of the files that it names, as Docker and Kubernetes hand them in.

`X_FILE` names the file with what would stand in `X`. Such a value is in no process's environment, so neither in what
`docker inspect` shows nor in what a child process inherits.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from remanso.errors import ConfigurationError

SUFFIX = "_FILE"


def secret_from(variable: str, environ: Mapping[str, str] = os.environ) -> str:
    """What `variable` holds, or the file that `variable`_FILE names; empty where neither says anything.

    White space around it is dropped: editors end files with a line break. Raises ConfigurationError where both are
    given, and where the file cannot be read; the text names variables, never a value.
    """
    value, path = environ.get(variable, "").strip(), environ.get(f"{variable}{SUFFIX}", "").strip()
    if not path:
        return value
    if value:
        raise ConfigurationError(f"{variable} and {variable}{SUFFIX} are both set; keep one")
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "it is no text"
        raise ConfigurationError(f"{variable}{SUFFIX} names a file that cannot be read: {reason}") from None
