"""What each service may do with each table, as PostgreSQL's own privileges. The ingress has no database.

`remanso migrate --grant` gives every service a role of its own and exactly these rights; the tables stay with whoever
migrates. Rows of a conversation are deleted by foreign keys, which ask nobody's rights; the inbox's order and the words
to search by are kept by a trigger that has its owner's. In tests every service works with these rights alone.
"""

from collections.abc import Mapping
from types import MappingProxyType

Rights = Mapping[str, str]

_LOOK = "SELECT"
_ADD = "SELECT, INSERT"
_KEEP = "SELECT, INSERT, UPDATE"

_DEBOUNCER: Rights = {
    "contact_aliases": _KEEP,
    "contacts": _KEEP,
    "conversation_events": "SELECT, INSERT, UPDATE (conversation_id, epoch)",
    "conversations": _KEEP,
    "credit_notices": _ADD,
    "deliveries": """SELECT, INSERT,
        UPDATE (conversation_id, epoch, outage_id, position, reason, reopens, settled_at, state)""",
    "feedback": """SELECT, INSERT,
        UPDATE (answer, answered_at, conversation_id, follow_up_id, reason, reason_at, reason_until)""",
    "holds": "SELECT, UPDATE (conversation_id, epoch)",
    "messages": """SELECT, INSERT,
        UPDATE (conversation_id, drop_reason, edited_at, edited_text, fate, position, revoked_at, turn_id)""",
    "notes": "SELECT (conversation_id), UPDATE (conversation_id)",
    "reads": "SELECT, UPDATE (upto)",
    "summaries": "SELECT (id, conversation_id, until_position, created_at), UPDATE (conversation_id, until_position)",
    "turns": "SELECT, INSERT, UPDATE (closed_at, conversation_id, lease_until, number, reason, state)",
}

_AGENT: Rights = {
    "collection_changes": _ADD,
    "collection_items": "SELECT, INSERT, UPDATE (data, updated_at, version)",
    "contacts": "SELECT, UPDATE (email, facts, name)",
    "conversations": """SELECT, UPDATE (burst_opened_at, due_at, feedback_due_at, handoff_reason, human_until, mode,
        next_delivery, next_position)""",
    "credit_accounts": "SELECT, INSERT, UPDATE (balance, last_grant, period, reserved)",
    "credit_entries": _ADD,
    "credit_grants": "SELECT, INSERT, UPDATE (remaining)",
    "credit_notices": _ADD,
    "credit_reserves": "SELECT, INSERT, DELETE",
    "deliveries": _ADD,
    "feedback": "SELECT, UPDATE (told_at)",
    "media": "SELECT, INSERT, UPDATE (content)",
    "messages": "SELECT, INSERT, UPDATE (fate, position, turn_id)",
    "outages": "SELECT, UPDATE (ended_at)",
    "steps": _ADD,
    "summaries": """SELECT, INSERT, UPDATE (cache_write_tokens, cached_tokens, cost_usd, finish_reason, input_tokens,
        made_at, model, output_tokens, price_valid_from, problems, reasoning_tokens, request_id, seconds, state, text,
        tries, turn_id)""",
    "tool_calls": "SELECT, INSERT, UPDATE (attempt, finished_at, result, started_at, state)",
    "turns": """SELECT, UPDATE (absorptions, attempt, closed_at, failures, handoff_reason, holder, lease_until, reason,
        retry_at, state)""",
}

_HEALTH: Rights = {"templates": _KEEP, "channel_health": _KEEP, "account_health": _KEEP}
"""Of those who take in what Meta tells."""

_SENDER: Rights = {
    **_HEALTH,
    "chores": _KEEP,
    "contact_aliases": "INSERT",
    "contacts": _LOOK,
    "conversations": """SELECT, UPDATE (feedback_due_at, handoff_reason, human_until, mode, next_delivery, pair_next_at,
        send_lease_until, send_token)""",
    "deliveries": """SELECT, INSERT, UPDATE (accepted_at, attempts, code, paced_at, reason, reconcile_at, resends,
        retry_at, settled_at, state, wamid)""",
    "messages": _LOOK,
    "outages": "SELECT, INSERT, UPDATE (reason)",
    "paces": _KEEP,
    "parkings": _KEEP,
    "receipts": "SELECT, INSERT, UPDATE (delivery_id)",
    "turns": "SELECT, UPDATE (closed_at, lease_until, reason, state)",
    "uploads": "SELECT, INSERT, UPDATE, DELETE",
}

_CONSOLE: Rights = {
    **_HEALTH,
    "account_links": "SELECT, INSERT, UPDATE (used_at)",
    "audit": _ADD,
    "channel_reports": _ADD,
    "chores": _LOOK,
    "collection_changes": _ADD,
    "collection_items": "SELECT, INSERT, UPDATE (author, data, updated_at, version)",
    "console_sessions": "SELECT, INSERT, UPDATE (seen_at), DELETE",
    "contact_aliases": _LOOK,
    "contacts": _LOOK,
    "conversation_events": _ADD,
    "conversations": """SELECT,
        UPDATE (epoch, feedback_due_at, handoff_reason, human_until, mode, next_delivery, next_position)""",
    "credit_accounts": "SELECT, INSERT, UPDATE (balance, last_grant, period)",
    "credit_entries": _ADD,
    "credit_grants": _ADD,
    "deliveries": """SELECT, INSERT,
        UPDATE (accepted_at, code, reason, reconcile_at, resends, retry_at, settled_at, state)""",
    "feedback": _LOOK,
    "holds": _ADD,
    "human_messages": _ADD,
    "inbox": "SELECT, UPDATE (closed_at)",
    "login_failures": "SELECT, INSERT, DELETE",
    "media": _LOOK,
    "memberships": "SELECT, INSERT, UPDATE (role), DELETE",
    "message_words": _LOOK,
    "messages": _ADD,
    "notes": _ADD,
    "outages": _LOOK,
    "parkings": "SELECT, UPDATE (ended_at, ended_by)",
    "reads": "SELECT, INSERT, UPDATE (upto)",
    "recovery_codes": "SELECT, INSERT, DELETE",
    "saved_replies": "SELECT, INSERT, DELETE",
    "steps": _LOOK,
    "summaries": _LOOK,
    "tool_calls": _LOOK,
    "turns": "SELECT, UPDATE (closed_at, lease_until, reason, state)",
    "users": "SELECT, INSERT, UPDATE (language, name, password_hash, theme, totp_counter, totp_secret, totp_since)",
}

RIGHTS: Mapping[str, Rights] = MappingProxyType(
    {"debouncer": _DEBOUNCER, "agent": _AGENT, "sender": _SENDER, "console": _CONSOLE}
)
"""By service and table, each as the list that stands in a GRANT."""
