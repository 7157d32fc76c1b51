"""Metrics: declared with prometheus-client next to the code that counts, read at `/metrics` of the ops port.

Names are `remanso_<area>_<what>_<unit>`, where the area is a service or a part of the library; counters end in
`_total`, durations are histograms in seconds. Labels hold what an operator can list by heart (event, queue, client,
outcome), never an id of a person or a conversation.
"""

import platform
from importlib.metadata import version

from prometheus_client import CONTENT_TYPE_LATEST, Info, disable_created_metrics, generate_latest
from starlette.requests import Request
from starlette.responses import Response

BUILD = Info("remanso_build", "What runs here: service, instance, version of remanso and of Python.")


# `…_created` would double the number of series and tell nothing we ask.
disable_created_metrics()  # type: ignore[no-untyped-call]


def announce_build(service: str, instance: str) -> None:
    """Fill `remanso_build_info`, to be joined with any other metric of this process."""
    BUILD.info(
        {
            "service": service,
            "instance_name": instance,
            "version": version("remanso"),
            "python": platform.python_version(),
        }
    )


async def exposition(_: Request) -> Response:
    """Everything this process counts, in Prometheus' text format."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
