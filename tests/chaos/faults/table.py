"""Every fault, as data."""

from tests.chaos.faults import brokers, clocks, databases, meta, network, processes, release, wakeups
from tests.chaos.faults.fault import HEAD_START, Fault
from tests.chaos.world import SLOWNESS, ZOMBIE_SECONDS

LONGER_THAN_LEASES = HEAD_START + 1 + ZOMBIE_SECONDS

PROCESSES = (
    Fault("agent-frozen", "SIGSTOP of one agent for longer than its leases", "SIGCONT: its turns are others' now",
          processes.frozen("agent"), LONGER_THAN_LEASES),
    Fault("sender-frozen", "SIGSTOP of one sender for longer than its leases", "SIGCONT",
          processes.frozen("sender"), LONGER_THAN_LEASES),
    Fault("debouncer-frozen", "SIGSTOP of one debouncer, transaction in hand", "SIGCONT",
          processes.frozen("debouncer"), LONGER_THAN_LEASES),
    Fault("all-frozen-in-turn", "each agent and each sender hangs for longer than its lease, one after the other",
          "SIGCONT", processes.all_frozen_in_turn, 15),
)  # fmt: skip

SERVERS = (
    Fault("broker-killed", "kill -9 of RabbitMQ", "started again on its data", brokers.killed, 12),
    Fault("broker-cluster-leader-killed", "three nodes; kill -9 of the one that leads the incoming queue",
          "another leader is elected; later the node comes back", brokers.leader_killed, 15, on_cluster=True),
    Fault("broker-memory-alarm", "vm_memory_high_watermark of 1 MB: publishers are blocked", "watermark back to 0.4",
          brokers.short_of_memory, 12),
    Fault("database-killed", "kill -9 of PostgreSQL, 2 s of nothing", "started again on its data",
          databases.killed, 8),
    Fault("database-connections-cut", "pg_terminate_backend of every connection, five times", "by itself",
          databases.cut_off, 6),
)  # fmt: skip

WIRES: tuple[tuple[str, network.Wire, float], ...] = (
    ("broker", lambda field: field.to_broker, 8.0),
    ("database", lambda field: field.to_database, 8.0),
    (
        "graph",
        lambda field: field.to_graph,
        1.5 * SLOWNESS,
    ),  # longer than a call may take, shorter than the wait for receipts
)
"""Name, wire, and the seconds it is stuck for."""

NETWORK = tuple(
    fault
    for name, wire, stuck in WIRES
    for fault in (
        Fault(f"{name}-wire-cut", "every connection reset, nobody listens for 6 s", "listens again",
              network.cut(wire), 7),
        Fault(f"{name}-wire-flapping", "every connection reset six times in 3 s", "by itself",
              network.flapping(wire), 6),
        Fault(f"{name}-wire-slow", "60 ms more for each chunk", "delay gone", network.delayed(wire, 0.06), 8),
        Fault(f"{name}-wire-stuck", f"nothing moves for {stuck:g} s, connections stay", "all of it moves",
              network.stuck(wire), HEAD_START + stuck),
        Fault(f"{name}-wire-half-open", "what is connected hears nothing any more, for ever", "has to be noticed",
              network.half_open(wire), 6),
    )
)  # fmt: skip

CLOCKS = tuple(
    Fault(f"{service}-clock-steps", "clock of one process +5 min, -5 min, right again (libfaketime)", "by itself",
          clocks.stepping(service), 16, missing=clocks.missing)
    for service in ("ingress", "debouncer", "agent", "sender")
)  # fmt: skip

META = (
    Fault("webhooks-tripled-shuffled", "each webhook three times, all in any order", "by itself",
          meta.posted(meta.tripled_and_shuffled)),
    Fault("webhooks-hours-late", "timestamps 2 to 20 hours old, three times, in any order", "by itself",
          meta.posted(meta.hours_late)),
    Fault("receipts-tripled-shuffled", "each receipt three times, in any order", "by itself",
          meta.receipts_in_disorder(delay=0.3, order="shuffled", repeat=3)),
    Fault("graph-silent-after-accepting", "Graph takes 20 messages and never answers", "receipts tell",
          meta.graph_fails({"kind": "timeout_after", "times": 20}), 8),
    Fault("graph-cut-after-accepting", "Graph takes 20 messages and resets the connection", "receipts tell",
          meta.graph_fails({"kind": "reset_after", "times": 20}), 8),
    Fault("graph-503", "131016 with 503 for 20 requests, then a proxy's 503 for 5", "tried again",
          meta.graph_fails({"kind": "code", "code": 131016, "http": 503, "times": 20},
                           {"kind": "http", "times": 5}), 8),
    Fault("graph-429-130429", "130429 for 20 requests", "tried again",
          meta.graph_fails({"kind": "code", "code": 130429, "http": 429, "times": 20}), 8),
    Fault("graph-131056", "pair rate limit for 20 requests", "tried again after 4^n seconds",
          meta.graph_fails({"kind": "code", "code": 131056, "times": 20}), 8),
)  # fmt: skip

MODEL = (
    Fault("model-down-long", "503 for 60 s: twelve times the patience of 5 s, as an hour is to five minutes",
          "back; every turn is answered, one fallback each", meta.model_fails({"kind": "outage"}), 60),
    Fault("model-unreachable", "connections reset for 10 s", "back", meta.model_fails({"kind": "down"}), 10),
    Fault("model-slow", "answers after 3 s, of 4 s allowed", "fast again",
          meta.model_fails({"kind": "slow", "seconds": 3}), 10),
    Fault("model-dribbles", "answers byte by byte, over 8 s, of 4 s allowed", "whole again",
          meta.model_fails({"kind": "dribble", "seconds": 8}), 10),
    Fault("model-broken-json", "broken JSON for 30 requests, then none to choose from for 10", "whole again",
          meta.model_fails({"kind": "broken_json", "times": 30}, {"kind": "choices_null", "times": 10}), 8),
)  # fmt: skip

WAKE_UPS = (
    Fault("wake-ups-repeated", "every turn.ready and delivery.ready five times", "by itself", wakeups.repeated, 6),
    Fault("wake-ups-dropped", "turn.ready, delivery.ready, model.unavailable reach nobody until all is at rest",
          "not before the sweepers did all the work", wakeups.dropped, 5, until_rest=True),
)  # fmt: skip

RELEASES = (
    Fault("rolling-restart", "every process ends by SIGTERM and starts again; two ingresses behind a balancer",
          "by itself", release.rolling, 25, also=release.nobody_is_refused),
)  # fmt: skip

FAULTS = (*PROCESSES, *SERVERS, *NETWORK, *CLOCKS, *META, *MODEL, *WAKE_UPS, *RELEASES)
