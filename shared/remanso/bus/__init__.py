"""The bus: events to other services through RabbitMQ, confirmed when sent and settled when handled.

topology      every exchange and queue, as data
bus           one process's connections; start here
publisher     envelopes that wait together share one confirmed message
consumer      batches in, one item's failure is its own
traced        each envelope's trace goes on from its publisher to its reader
dead_letters  where what nobody can handle goes, with the reason
"""

from remanso.bus.batch import Received
from remanso.bus.bus import Bus
from remanso.bus.consumer import Consumer, Handler
from remanso.bus.publisher import Publisher

__all__ = ["Bus", "Consumer", "Handler", "Publisher", "Received"]
