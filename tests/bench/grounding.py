"""How often grounding is right: `python -m tests.bench.grounding [tuning|held_out]`."""

import sys

from tests.support.replies import labelled, measure


def main(parts: list[str]) -> None:
    for part in parts:
        rates = measure(list(labelled(part)))
        print(f"{part}: {rates.replies} replies, miss {rates.miss:.1%}, false block {rates.false_block:.1%}")
        for reply in rates.missed:
            print(f"  missed ({reply.scene}, {reply.label}: {reply.why})\n    {reply.text!r}")
        for reply in rates.blocked:
            print(f"  blocked ({reply.scene}, {reply.label}: {reply.why})\n    {reply.text!r}")
            for problem in reply.problems():
                print(f"    - {problem.kind} {problem.text!r} {problem.why} {problem.about or ''}")


if __name__ == "__main__":
    main(sys.argv[1:] or ["tuning", "held_out"])
