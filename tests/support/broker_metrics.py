"""RabbitMQ's metrics that we ask for, and the versions that tell them.

Read off rabbitmq_prometheus on nodes of 3.10 and 4.0; from 4.2 on those of Raft have other names.
"""

_ALWAYS = frozenset({"3.10", "4.0", "4.2"})
_OLD, _NEW = frozenset({"3.10", "4.0"}), frozenset({"4.2"})

BROKER = {
    **dict.fromkeys(
        (
            "rabbitmq_alarms_file_descriptor_limit",
            "rabbitmq_alarms_free_disk_space_watermark",
            "rabbitmq_alarms_memory_used_watermark",
            "rabbitmq_detailed_queue_consumers",
            "rabbitmq_detailed_queue_messages_ready",
            "rabbitmq_detailed_queue_messages_unacked",
            "rabbitmq_disk_space_available_bytes",
            "rabbitmq_disk_space_available_limit_bytes",
            "rabbitmq_global_messages_acknowledged_total",
            "rabbitmq_global_messages_confirmed_total",
            "rabbitmq_global_messages_delivered_consume_manual_ack_total",
            "rabbitmq_global_messages_received_total",
            "rabbitmq_global_messages_redelivered_total",
            "rabbitmq_global_messages_unroutable_dropped_total",
            "rabbitmq_global_messages_unroutable_returned_total",
            "rabbitmq_process_resident_memory_bytes",
            "rabbitmq_resident_memory_limit_bytes",
        ),
        _ALWAYS,
    ),
    "rabbitmq_raft_log_commit_index": _OLD,
    "rabbitmq_raft_log_last_applied_index": _OLD,
    "rabbitmq_raft_commit_index": _NEW,
    "rabbitmq_raft_last_applied": _NEW,
}
