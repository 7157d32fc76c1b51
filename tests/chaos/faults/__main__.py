"""`python -m tests.chaos.faults [NAME …]`: the faults named, or all. Exit code 1 when anything was violated."""

import argparse

from tests.chaos.faults.run import CONTACTS, try_faults


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.faults", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="faults to try; all by default")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--contacts", type=int, default=CONTACTS)
    given = parser.parse_args()
    return min(1, try_faults(given.names, given.seed, given.contacts))


if __name__ == "__main__":
    raise SystemExit(main())
