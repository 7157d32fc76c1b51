"""How often grounding is right: `python -m tests.bench.grounding [part …]`, by default all of the labelled set."""

import sys

from tests.support.replies import Rates, labelled, measure, parts


def main(names: list[str]) -> None:
    for name in names:
        tell(name, measure(list(labelled(name))))
    tell("all", measure([reply for name in names for reply in labelled(name)]), cases=False)


def tell(name: str, rates: Rates, *, cases: bool = True) -> None:
    print(f"{name}: {rates.replies} replies, miss {rates.miss:.1%}, false block {rates.false_block:.1%}")
    if cases:
        for reply in rates.missed:
            print(f"  missed ({reply.scene}, {reply.label}: {reply.why})\n    {reply.text!r}")
        for reply in rates.blocked:
            print(f"  blocked ({reply.scene}, {reply.label}: {reply.why})\n    {reply.text!r}")
            for problem in reply.problems():
                print(f"    - {problem.kind} {problem.text!r} {problem.why} {problem.about or ''}")


if __name__ == "__main__":
    main(sys.argv[1:] or parts())
