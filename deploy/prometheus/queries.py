"""PromQL as a tree: which metrics a query asks for, and whether it can be read at all."""

from collections.abc import Mapping

import promql_parser


def filled(query: str, variables: Mapping[str, str]) -> str:
    """`query` with what Grafana puts into it: `$client`, `$__rate_interval` and the like."""
    for name, value in sorted(variables.items(), key=lambda item: -len(item[0])):
        query = query.replace(f"${name}", value)
    return query


def names_in(query: str) -> list[str]:
    """Metrics that `query` asks for, in the order in which they stand. Raises ValueError where it is not PromQL."""
    found: list[str] = []

    def visit(node: promql_parser.Expr) -> bool:
        if isinstance(node, promql_parser.VectorSelector) and node.name:
            found.append(node.name)
        return True

    promql_parser.walk(promql_parser.parse(filled(query, PLAIN)), visit)
    return list(dict.fromkeys(found))


PLAIN = {"__rate_interval": "1m", "__range": "1h", "client": ".+", "app": ".*"}
