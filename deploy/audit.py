"""`make audit`: known vulnerabilities of what the lock pins, asked of osv.dev by pip-audit.

Exit codes: 0 none known · 1 some, listed · 3 the service could not be asked, so nothing is known.
"""

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"
SERVICE = "https://api.osv.dev/"
UNKNOWN = 3


def main() -> int:
    program = Path(sys.executable).with_name("pip-audit")
    if not program.exists():
        return _unknown("pip-audit is not installed; `make audit` installs it where a package registry is reachable")
    if not _answers(SERVICE):
        return _unknown(f"{SERVICE} does not answer from here")
    asked = subprocess.run(  # noqa: S603 - our own program, no outside words
        [program, "--vulnerability-service", "osv", "--disable-pip", "--require-hashes", "-r", LOCK], check=False
    )
    return asked.returncode


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=10)  # noqa: S310 - a constant
    except urllib.error.HTTPError:
        return True  # it has no page there, but it is there
    except OSError:
        return False
    return True


def _unknown(reason: str) -> int:
    print(f"audit: {reason}: whether {LOCK.name} has known vulnerabilities is NOT known", file=sys.stderr)  # noqa: T201
    return UNKNOWN


if __name__ == "__main__":
    sys.exit(main())
