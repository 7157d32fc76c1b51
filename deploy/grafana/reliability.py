"""What went wrong and was mended, or was not."""

from deploy.grafana.board import Board, Query, Row, grown, panel, rate

MENDED = Row(
    "Mended by itself",
    (
        panel(
            "Found by sweepers against brought by the bus, per second",
            Query(rate("remanso_sweep_found_total", "sweep"), "sweeper: {{sweep}}", rare="the bus loses nothing"),
            Query(
                rate("remanso_bus_consumed_total", "queue", 'queue=~"agent.turn-ready|sender.delivery-ready"'),
                "bus: {{queue}}",
            ),
            about="The sweepers' lines far above zero for long: wake-ups are lost, or retries pile up.",
        ),
        panel(
            "Leases lost",
            Query(grown("remanso_agent_lease_losses_total"), "agents", rare="no agent sleeps"),
            Query(grown("remanso_sender_lease_losses_total"), "senders"),
        ),
        panel(
            "Turns resumed",
            Query(grown("remanso_agent_resumes_total", "client"), "{{client}}", rare="no agent dies"),
        ),
        panel(
            "Connections to RabbitMQ lost, settlements lost",
            Query(grown("remanso_bus_connection_losses_total"), "connections"),
            Query(grown("remanso_bus_lost_settlements_total"), "settlements", rare="no connection breaks"),
        ),
        panel(
            "Sweeps that found PostgreSQL away",
            Query(grown("remanso_sweep_failures_total", "sweep"), "{{sweep}}", rare="PostgreSQL is there"),
        ),
        panel(
            "Messages that came again",
            Query(grown("remanso_debouncer_duplicates_total", "client"), "{{client}}"),
        ),
        panel(
            "Files whose bytes were deleted in time",
            Query(grown("remanso_agent_media_forgotten_total"), "files"),
            about="At zero for longer than `media.keep_days` while pictures come in: nobody deletes them.",
        ),
    ),
)

BROKEN = Row(
    "Not mended by itself",
    (
        panel(
            "Dead letters",
            Query('max(rabbitmq_detailed_queue_messages_ready{queue="remanso.dead"})', "in the queue"),
            Query(
                grown("remanso_bus_dead_lettered_total", "queue, reason"),
                "{{queue}} {{reason}}",
                rare="every event can be handled",
            ),
        ),
        panel(
            "Turns that failed",
            Query(
                grown("remanso_agent_turns_total", "client", 'outcome=~"failed|broke"'),
                "{{client}}",
                rare="no turn fails",
            ),
        ),
        panel(
            "The model: errors",
            Query(grown("remanso_agent_model_errors_total", "reason"), "{{reason}}", rare="the model always answers"),
        ),
        panel(
            "The model: may it be asked? 0 yes, 1 a probe, 2 no",
            Query("max by (endpoint, model) (remanso_agent_model_circuit)", "{{model}}"),
        ),
        panel(
            "Published, by outcome",
            Query(rate("remanso_bus_published_total", "outcome"), "{{outcome}}"),
        ),
        panel(
            "Unroutable in RabbitMQ",
            Query(grown("rabbitmq_global_messages_unroutable_returned_total"), "returned"),
            Query(grown("rabbitmq_global_messages_unroutable_dropped_total"), "dropped"),
        ),
    ),
)

PEERS = Row(
    "Peers and processes",
    (
        panel(
            "RabbitMQ's alarms",
            Query("max(rabbitmq_alarms_memory_used_watermark)", "memory"),
            Query("max(rabbitmq_alarms_free_disk_space_watermark)", "disk"),
            Query("max(rabbitmq_alarms_file_descriptor_limit)", "file descriptors"),
            about="At 1 RabbitMQ takes nothing from anybody.",
        ),
        panel(
            "RabbitMQ's memory",
            Query("max by (instance) (rabbitmq_process_resident_memory_bytes)", "{{instance}}"),
            Query("min(rabbitmq_resident_memory_limit_bytes)", "limit"),
            unit="bytes",
        ),
        panel(
            "RabbitMQ's disk",
            Query("min by (instance) (rabbitmq_disk_space_available_bytes)", "{{instance}}"),
            Query("max(rabbitmq_disk_space_available_limit_bytes)", "limit"),
            unit="bytes",
        ),
        panel("Processes that are scraped", Query("sum by (job) (up)", "{{job}}")),
        panel(
            "Versions",
            Query("count by (service, version) (remanso_build_info)", "{{service}} {{version}}"),
            kind="number",
        ),
        panel("Clients", Query("max by (state) (remanso_clients)", "{{state}}"), kind="number"),
        panel("Warnings and errors", Query('{level=~"warning|error"} | json'), kind="logs", width=24),
    ),
)

RELIABILITY = Board(
    "reliability", "Reliability", "What went wrong, and whether it was mended by itself.", (MENDED, BROKEN, PEERS)
)
