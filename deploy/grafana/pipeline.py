"""Is anyone waiting, where, and why."""

from deploy.grafana.board import Board, Query, Row, panel, quantile, rate, waits

_LAG_OLD = "rabbitmq_raft_log_commit_index - rabbitmq_raft_log_last_applied_index"
_LAG_NEW = "rabbitmq_raft_commit_index - rabbitmq_raft_last_applied"

WAITING = Row(
    "Is anyone waiting?",
    (
        panel(
            "Rows that wait, by stage",
            Query(waits("remanso_console_waiting", "stage"), "{{stage}}"),
            about="Read from PostgreSQL. `in_work` is work, not waiting; `held` waits for the contact.",
        ),
        panel(
            "The oldest of them",
            Query(waits("remanso_console_waiting_oldest_seconds", "stage"), "{{stage}}"),
            unit="s",
        ),
        panel(
            "From the first message to the answer",
            Query(quantile(0.5, "remanso_sender_answer_seconds", "stage"), "{{stage}} p50"),
            Query(quantile(0.95, "remanso_sender_answer_seconds", "stage"), "{{stage}} p95"),
            unit="s",
        ),
        panel(
            "Messages ready in RabbitMQ",
            Query("max by (queue) (rabbitmq_detailed_queue_messages_ready)", "{{queue}}"),
        ),
        panel(
            "Messages being handled",
            Query("max by (queue) (rabbitmq_detailed_queue_messages_unacked)", "{{queue}}"),
        ),
        panel(
            "Age of events when handled, p95",
            Query(quantile(0.95, "remanso_bus_age_seconds", "queue"), "{{queue}}"),
            unit="s",
            about="From publishing to the end of handling: the best single sign of a backlog.",
        ),
    ),
)

FLOW = Row(
    "What goes through",
    (
        panel(
            "Along the way, per second",
            Query(rate("remanso_ingress_events_total", where='event="message.received"'), "messages accepted"),
            Query(rate("remanso_debouncer_stored_total"), "messages stored"),
            Query(rate("remanso_debouncer_sealed_total"), "bursts sealed"),
            Query(rate("remanso_agent_turns_total", where='outcome="answered"'), "turns answered"),
            Query(rate("remanso_sender_attempts_total", where='outcome="accepted"'), "parts sent"),
        ),
        panel(
            "Webhooks by answer, per second",
            Query(rate("remanso_ingress_webhooks_total", "outcome"), "{{outcome}}"),
        ),
        panel(
            "Events handled, per second",
            Query(rate("remanso_bus_consumed_total", "queue, fate"), "{{queue}} {{fate}}"),
        ),
        panel(
            "RabbitMQ: delivered, acknowledged, redelivered",
            Query(rate("rabbitmq_global_messages_delivered_consume_manual_ack_total"), "delivered"),
            Query(rate("rabbitmq_global_messages_acknowledged_total"), "acknowledged"),
            Query(rate("rabbitmq_global_messages_redelivered_total"), "redelivered"),
        ),
        panel(
            "RabbitMQ: received and confirmed",
            Query(rate("rabbitmq_global_messages_received_total"), "received"),
            Query(rate("rabbitmq_global_messages_confirmed_total"), "confirmed"),
        ),
        panel(
            "Consumers of each queue",
            Query("max by (queue) (rabbitmq_detailed_queue_consumers)", "{{queue}}"),
        ),
    ),
)

SATURATION = Row(
    "Who has too much to do",
    (
        panel(
            "Slots taken",
            Query("sum by (job) (remanso_slots_busy) / sum by (job) (remanso_slots)", "{{job}}"),
            unit="percentunit",
            about="Of agents and senders. At 100 % work waits for a slot.",
        ),
        panel("Processor", Query(rate("process_cpu_seconds_total", "job"), "{{job}}"), unit="percentunit"),
        panel(
            "Memory of the largest process",
            Query("max by (job) (process_resident_memory_bytes)", "{{job}}"),
            unit="bytes",
        ),
        panel(
            "Handlers, p95",
            Query(quantile(0.95, "remanso_bus_handler_seconds", "queue"), "{{queue}}"),
            unit="s",
        ),
        panel(
            "Bursts sealed late by, p95",
            Query(quantile(0.95, "remanso_debouncer_lateness_seconds"), "lateness"),
            unit="s",
        ),
        panel(
            "Outside, p95",
            Query(quantile(0.95, "remanso_ingress_webhook_seconds"), "our answer to Meta"),
            Query(quantile(0.95, "remanso_agent_step_seconds", "model"), "{{model}}"),
            Query(quantile(0.95, "remanso_sender_graph_seconds"), "Graph"),
            unit="s",
        ),
        panel("Sweeps, p95", Query(quantile(0.95, "remanso_sweep_seconds", "sweep"), "{{sweep}}"), unit="s"),
        panel("Publishing, p95", Query(quantile(0.95, "remanso_bus_publish_seconds", "event"), "{{event}}"), unit="s"),
        panel(
            "Open pages of the console",
            Query("sum by (instance) (remanso_console_listeners)", "{{instance}}"),
            about="Each hears of every change and asks for its list again: what that costs is in docs/console.md.",
        ),
        panel(
            "RabbitMQ: Raft entries not applied yet",
            Query(f"max by (instance) (({_LAG_OLD}) or ({_LAG_NEW}))", "{{instance}}"),
            about="The names are others from RabbitMQ 4.2 on.",
        ),
    ),
)

PIPELINE = Board("pipeline", "Pipeline", "Queues, lag and saturation of each service.", (WAITING, FLOW, SATURATION))
